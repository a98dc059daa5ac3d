"""The door of a system: which host serves the account, and what is shown there; looked at once more when refused."""

from __future__ import annotations

import re
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urljoin

from rules_run.connect.account import Account
from rules_run.connect.addresses import AddressRules, check_url
from rules_run.connect.manifest import Basic, Token, Web
from rules_run.connect.masking import masked
from rules_run.connect.transport import Outgoing
from rules_run.connect.verdicts import at_path
from rules_run.errors import ConnectorUnusable

Ask = Callable[[str, Outgoing], object]
"""Sends one request that needs no log-in, and returns the JSON of its answer."""
FORM = "application/x-www-form-urlencoded"
_NAMED = re.compile(r"\{(\w+)\}")


class Login:
    """Zone and token of one account, found when they are first needed; any thread may ask."""

    def __init__(self, account: Account, web: Web, rules: AddressRules, ask: Ask) -> None:
        self._account, self._web, self._rules, self._ask = account, web, rules, ask
        self._lock = threading.RLock()
        self._zone = self._token = ""
        self._pair = _pair(account, web.basic) if web.basic else ""
        self._secrets = [*account.secrets(), *([self._pair] if self._pair else [])]
        self._moved = False
        self.generation = 0

    def base(self) -> str:
        """Return the address before every path, with a slash at its end."""
        with self._lock:
            if not self._zone:
                self._zone = self._find_zone()
            return self._zone + self._web.server.api

    def headers(self) -> dict[str, str]:
        """Return the headers by which the system knows the account."""
        headers = self._given(self._web.headers)
        if self._pair:
            headers["Authorization"] = f"Basic {self._pair}"
        if self._web.token is not None:
            with self._lock:
                self._token = self._token or self._fetch_token(self._web.token)
                headers["Authorization"] = f"Bearer {self._token}"
        return headers

    def parameters(self) -> dict[str, str]:
        """Return the parameters of every address."""
        return self._given(self._web.parameters)

    def hide(self, text: str) -> str:
        """Return words of the system without the secrets that it was shown."""
        return masked(text, self._secrets)

    def renew(self, generation: int) -> bool:
        """Look again after a refusal of what `generation` showed; say whether there is anything new to show.

        A token is fetched as often as one is refused. The zone is asked for once more in a run: databases move.
        """
        with self._lock:
            if generation != self.generation:
                return True
            zone, token = self._zone, self._token
            if self._web.token is None and (self._web.server.zone is None or self._moved):
                return False
            self._zone, self._token, self._moved = "", "", True
            try:
                self.base()
                self.headers()
            except ConnectorUnusable:
                self._zone, self._token = zone, token
                return False
            if (zone, token) == (self._zone, self._token):
                return False
            self.generation += 1
            return True

    def _given(self, names: Mapping[str, str]) -> dict[str, str]:
        """Return the values of settings under the names that the system has for them, as far as they are given."""
        return {name: text for name, words in names.items() if (text := filled(words, self._account.text))}

    def _find_zone(self) -> str:
        server = self._web.server
        url = self._account.text("url") or server.url or ""
        if not url:
            raise ConnectorUnusable(f"{self._account.alias}: the setting `url` says where the system is.")
        url = _slashed(check_url(url, self._rules))
        if server.zone is None:
            return url
        query = urlencode({name: self._account.text(setting) for name, setting in server.zone.query.items()})
        # Asked without the log-in: it may be any host of the system that answers.
        asked = f"{urljoin(url, server.zone.path)}?{query}"
        outgoing = Outgoing(method="GET", url=asked, deadline=self._account.timing.deadline)
        found = at_path(self._ask("zone", outgoing), server.zone.give)
        if not isinstance(found, str):
            raise ConnectorUnusable(f"{self._account.alias}: the answer names no zone of this account.")
        return _slashed(check_url(found, self._rules))

    def _fetch_token(self, style: Token) -> str:
        url = self._account.text(style.at) if style.at else ""
        form = {**style.fixed, **{name: self._account.text(setting) for name, setting in style.form.items()}}
        outgoing = Outgoing(
            method=style.call.method,
            url=check_url(url, self._rules) if url else self.base() + style.call.path,
            headers={"Content-Type": FORM},
            body=urlencode(form).encode(),
            deadline=self._account.timing.deadline,
        )
        token = at_path(self._ask("token", outgoing), style.give)
        if not isinstance(token, str) or not token:
            raise ConnectorUnusable(f"{self._account.alias}: the answer to the log-in holds no token.")
        self._secrets.append(token)
        return token


def filled(words: str, text: Callable[[str], str]) -> str:
    """Return the value of a setting, or words with `{setting}` in them; nothing where a setting is not given."""
    names = _NAMED.findall(words)
    if not names:
        return text(words)
    return _NAMED.sub(lambda name: text(name[1]), words) if all(map(text, names)) else ""


def _pair(account: Account, basic: Basic) -> str:
    """Return user name and password as they are shown."""
    return b64encode(f"{account.text(basic.user)}:{account.text(basic.password)}".encode()).decode()


def _slashed(url: str) -> str:
    return url if url.endswith("/") else url + "/"
