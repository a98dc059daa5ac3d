"""The rules as they are, in every kind of world they were made for, and each of them broken."""

from __future__ import annotations

from rules_run.model.exchange import Safety

from .moment import Rules

KEY, UNIQUE, PROBE, NOTHING = Safety.KEY, Safety.UNIQUE, Safety.PROBE, Safety.NOTHING

HOLDING = (
    Rules(name="the target keeps our key", safety=KEY),
    Rules(name="the target keeps a field unique", safety=UNIQUE),
    Rules(name="the target can be searched"),
    Rules(name="the target can do none of these", safety=NOTHING),
    Rules(name="a gateway repeats what carries a key", safety=KEY, gateway=True),
    Rules(name="a gateway repeats what is unique", safety=UNIQUE, gateway=True),
    Rules(name="four crashes", crashes=4),
    Rules(name="the index lags", lag=True),
    Rules(name="nobody has a lease", lease=False),
    Rules(name="the ledger is lost, and rebuilt", losses=1),
    Rules(name="the ledger is lost, and rebuilt; the target keeps our key", safety=KEY, losses=1),
    Rules(name="the ledger is lost, and rebuilt; nobody can look", safety=NOTHING, losses=1, deeds=1),
    Rules(name="a person decides, and the source changes", deeds=1, pages=3, crashes=1),
    Rules(name="it may stand there already", adopts=True, pages=3, crashes=1, attempts=2),
    Rules(name="it takes several writes", many_steps=True, deeds=1, crashes=1, attempts=2),
)
"""Together they make every move that the ledger allows."""

BROKEN = {
    Rules(name="no row before the send", intent=False): {"one"},
    Rules(name="no row before the send, and nobody can look", intent=False, safety=NOTHING): {"one"},
    Rules(name="look, then create, and no row", intent=False, settle=False): {"one"},
    Rules(name="what has a number in the source was sent", field_is_ledger=True, intent=False): {"one", "after"},
    Rules(name="a lost answer is a failure", unknown="failed"): {"one", "honest"},
    Rules(name="a lost answer is a failure; the target keeps our key", unknown="failed", safety=KEY): {"honest"},
    Rules(name="the client of HTTP repeats the request", unknown="again"): {"one", "honest"},
    Rules(name="an absence is believed at once", settle=False): {"one", "honest"},
    Rules(name="an absence is believed the first time, and the index lags", twice=False, lag=True): {"one"},
    Rules(name="an absence is believed from a search that sees nothing", honest=False): {"one"},
    Rules(name="anybody decides", fence=False): {"one", "honest"},
    Rules(name="anybody sends", guard=False): {"one", "honest"},
    Rules(name="anybody decides and sends", fence=False, guard=False): {"one", "honest"},
    Rules(name="anybody does all; the target keeps our key", safety=KEY, fence=False, guard=False, lease=False): {
        "honest"
    },
    Rules(name="what carries a key is sent again at once", safety=KEY, at_once=True): {"honest"},
    Rules(name="a gateway repeats what can only be searched", gateway=True): {"one", "honest"},
    Rules(name="a gateway repeats what nobody can look for", gateway=True, safety=NOTHING): {"one", "honest"},
    Rules(name="the ledger is lost, and nobody asks first", losses=1, prior=False): {"one"},
    Rules(name="the ledger is lost, and does not know it", losses=1, told=False): {"one"},
    Rules(name="the ledger is lost, does not know it, and nobody can look", losses=1, told=False, safety=NOTHING): {
        "one"
    },
    Rules(name="the ledger is lost, and the key with it", losses=1, told=False, safety=KEY, key_from_ledger=True): {
        "one"
    },
    Rules(name="the source is written before the outcome", back_first=True): {"after"},
}
"""What each breaks: `one` document, a `true` ledger, an `honest` queue, and the source written `after` the outcome."""
