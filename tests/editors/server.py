"""The real yaml-language-server over its standard input and output, as an editor talks to it."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

PATIENCE = 60.0
SETTINGS = {
    "yaml": {
        "validate": True,
        "completion": True,
        "hover": True,
        "schemaStore": {"enable": False},
        "format": {"enable": False},
    }
}


class LanguageServer:
    """One server with a workspace open."""

    def __init__(self, package: Path, workspace: Path) -> None:
        self._workspace = workspace
        self._process = subprocess.Popen(
            ["node", str(package / "bin" / "yaml-language-server"), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers: dict[int, queue.Queue[Any]] = {}
        self._diagnostics: dict[str, queue.Queue[list[dict[str, Any]]]] = {}
        self._count = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        root = self._workspace.as_uri()
        folders = [{"uri": root, "name": "workspace"}]
        completion = {"completionItem": {"snippetSupport": False}}
        abilities = {"workspace": {"configuration": True}, "textDocument": {"completion": completion}}
        words = {"processId": None, "rootUri": root, "workspaceFolders": folders, "capabilities": abilities}
        self.ask("initialize", words)
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": SETTINGS})
        return self

    def __exit__(self, *_: object) -> None:
        self.ask("shutdown", None)
        self._tell("exit", None)
        self._process.wait(PATIENCE)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def diagnostics(self, file: Path) -> list[dict[str, Any]]:
        """Open a file and return what the server finds wrong in it."""
        uri = file.as_uri()
        self._diagnostics.setdefault(uri, queue.Queue())
        text = file.read_text(encoding="utf-8")
        self._tell(
            "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}
        )
        return self._diagnostics[uri].get(timeout=PATIENCE)

    def completions(self, file: Path, line: int, column: int) -> list[str]:
        """Return what is offered at a place of an open file, counted from 1."""
        place = {"line": line - 1, "character": column - 1}
        found = self.ask("textDocument/completion", {"textDocument": {"uri": file.as_uri()}, "position": place})
        items = found["items"] if isinstance(found, dict) else found or []
        return [item["label"] for item in items]

    def hover(self, file: Path, line: int, column: int) -> str:
        """Return what is told about the word at a place, counted from 1."""
        place = {"line": line - 1, "character": column - 1}
        found = self.ask("textDocument/hover", {"textDocument": {"uri": file.as_uri()}, "position": place})
        return json.dumps(found, ensure_ascii=False)

    def ask(self, method: str, words: object) -> Any:
        """Send a request and wait for its answer."""
        self._count += 1
        self._answers[self._count] = waiting = queue.Queue()
        self._send({"id": self._count, "method": method, "params": words})
        return waiting.get(timeout=PATIENCE)

    def _tell(self, method: str, words: object) -> None:
        self._send({"method": method, "params": words})

    def _send(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _listen(self) -> None:
        while (message := self._read()) is not None:
            if "method" not in message:
                self._answers[message["id"]].put(message.get("result"))
            elif message["method"] == "textDocument/publishDiagnostics":
                found = message["params"]
                self._diagnostics.setdefault(found["uri"], queue.Queue()).put(found["diagnostics"])
            elif "id" in message:
                asked = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
                answer = [SETTINGS.get(each.get("section")) for each in asked] or None
                self._send({"id": message["id"], "result": answer})

    def _read(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline().strip()) or not length:
            if not line and self._process.poll() is not None:
                return None
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        found: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return found
