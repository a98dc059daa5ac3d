"""What the bridge says instead of doing; the words are INFERRED but for the company's."""

from __future__ import annotations


class Refusal(Exception):
    """An answer that is no success: a status, a code for programs and a message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> dict[str, str]:
        """Return the body of the answer."""
        return {"Code": self.code, "Message": self.message}


def business(message: str) -> Refusal:
    """Return what Acomba itself refuses."""
    return Refusal(422, "REGLE", message)


def malformed(message: str) -> Refusal:
    """Return what the bridge cannot read."""
    return Refusal(400, "REQUETE", message)


def locked(what: str) -> Refusal:
    """Return what is said of a card that somebody has open."""
    return Refusal(423, "FICHE_RESERVEE", f"La fiche est réservée par un autre usager : {what}")


STATUSES = {
    401: Refusal(401, "ACCES", "Code licence ou clé secrète invalide"),
    412: Refusal(412, "EXISTE", "La fiche existe déjà"),
    423: Refusal(423, "FICHE_RESERVEE", "La fiche est réservée par un autre usager"),
    429: Refusal(429, "LIMITE", "Trop de requêtes"),
    504: Refusal(504, "TACHE_EN_ATTENTE", "Le connecteur Acomba n'a pas répondu à temps; la tâche est en attente"),
}
"""What the bridge itself says with a status."""
