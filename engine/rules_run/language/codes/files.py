"""Codes of files: Y for YAML, S for words of the language, C for tables in CSV."""

from __future__ import annotations

Table = dict[str, tuple[str, str, str]]

YAML: Table = {
    "Y001": (
        "Not YAML",
        "The structure of the file cannot be read from here on. Mostly an indentation, a quote or a bracket is wrong.",
        "name: it's: so   ->   name: \"it's: so\"",
    ),
    "Y002": ("Not UTF-8", "Files are UTF-8 text. Other encodings would change accents and currency signs.", ""),
    "Y003": ("Forbidden character", "Control characters do not show in an editor and have no meaning in a file.", ""),
    "Y004": ("Empty file", "There is nothing in the file but blank lines and comments.", ""),
    "Y005": ("File too large", "A file may have 1 MB. Rows belong into a table, records into test data.", ""),
    "Y006": ("Nested too deep", "Values may be nested 40 deep.", ""),
    "Y007": (
        "Name twice",
        "A mapping has the same name twice. Other YAML readers keep the last one and say nothing.",
        "set: {phone: a.phone, phone: a.mobile}   ->   set: {phone: a.phone}",
    ),
    "Y008": (
        "Anchor or alias",
        "`&name` and `*name` repeat parts of a file out of the reader's sight. What several rules share has a name.",
        "from: *charges   ->   from: {source: charges, as: item}",
    ),
    "Y009": (
        "Tag",
        "`!tag` changes the type of a value. Types are stated with `type`.",
        "count: !!str 5   ->   count: '5'",
    ),
    "Y010": ("Merge key", "`<<` copies the words of another mapping. They are written out.", ""),
    "Y011": ("Number too long", "Numbers may have 30 digits. A code of digits stands in quotes.", ""),
    "Y012": ("Several documents", "`---` starts a second document, and a file holds one.", ""),
    "Y013": (
        "Not a name",
        "A list, a mapping or nothing stands where a name belongs. A template without quotes looks like that to YAML.",
        'name: {{ item.sku }}   ->   name: "{{ item.sku }}"',
    ),
    "Y014": ("File cannot be read", "The file is missing, or may not be opened.", ""),
}

SCHEMA: Table = {
    "S001": (
        "Unknown word",
        "The word has no meaning at this place: it is misspelt, or belongs somewhere else.",
        "on_demnad: true   ->   on_demand: true",
    ),
    "S002": (
        "Missing word",
        "Something that is always needed is not there.",
        "rules: {a: {from: ...}}   ->   add `to`",
    ),
    "S003": (
        "Wrong kind of value",
        "A text stands where a number belongs, a list where a mapping belongs, and so on.",
        "on_demand: yes   ->   on_demand: true",
    ),
    "S004": ("Not one of the choices", "The word takes one of a few values.", "mode: crate   ->   mode: create"),
    "S005": ("Not a name", "Names are made of small letters, digits and `_`.", "Client: ...   ->   client: ..."),
    "S006": ("Not written as it has to be", "The text has a fixed form.", "read: Companies   ->   read: psa.Companies"),
    "S007": ("Too little or too much", "The word is empty, or holds more than it can.", "key: []   ->   key: item.id"),
    "S008": ("Number out of range", "The number is too small or too large.", "max: 0   ->   max: 100"),
    "S010": (
        "A list is not a value",
        "Lists of values are literals or expressions.",
        "x: [1, 2]   ->   x: {const: [1, 2]}",
    ),
    "S011": ("Other language version", "The file is written for another version of the language.", "language: 1"),
    "S012": (
        "Word without meaning here",
        "The word works only together with another one.",
        "{set: ..., as: x}   ->   {each: ..., as: x, set: ...}",
    ),
}

CSV: Table = {
    "C001": ("Table cannot be read", "The CSV file of a table is missing, or may not be opened.", ""),
    "C002": ("Table too large", "A table may have 20 MB.", ""),
    "C003": ("Table is not UTF-8", "Save it as UTF-8; a byte order mark at the start is fine.", ""),
    "C004": ("Table without header", "The first line of a table names its columns.", "account,company,contract"),
    "C005": ("Not CSV", "A quote is opened and not closed, or stands in the middle of a cell.", '"a "" b",c'),
    "C006": ("Missing column", "The file lacks a column that the rule file declares.", ""),
    "C007": ("Column twice", "Two columns have the same name.", ""),
    "C008": (
        "Unknown column",
        "The file has a column that the rule file does not declare.",
        "columns: [company, contract]",
    ),
    "C009": ("Blank row", "Blank rows are mostly a slip of the spreadsheet.", ""),
    "C010": ("Wrong number of cells", "The row is longer or shorter than the header.", '"Smith, Inc.",12'),
    "C011": ("Key twice", "Two rows have the same key: it could not be told which one is meant.", ""),
    "C012": ("Row without key", "The cell of the key column is empty.", ""),
    "C013": ("Value twice", "The table is declared `one_to_one`, so that it can be read in reverse.", ""),
}
