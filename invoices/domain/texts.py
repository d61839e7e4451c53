"""The few sentences that the issue of a document writes onto it, by language; the layout has words of its own."""

_TEXTS = {
    "payment": {
        "en": "Order {order}",
        "it": "Ordine {order}",
        "de": "Bestellung {order}",
        "fr": "Commande {order}",
        "es": "Pedido {order}",
    },
    "refund": {
        "en": "Refund on invoice {number}",
        "it": "Rimborso sulla fattura {number}",
        "de": "Erstattung zur Rechnung {number}",
        "fr": "Remboursement sur la facture {number}",
        "es": "Reembolso de la factura {number}",
    },
    "reversal": {
        "en": "Takes back credit note {number}: the refund was not carried out.",
        "it": "Annulla la nota di credito {number}: il rimborso non è stato eseguito.",
        "de": "Nimmt die Gutschrift {number} zurück: Die Erstattung wurde nicht ausgeführt.",
        "fr": "Annule l'avoir {number} : le remboursement n'a pas été effectué.",
        "es": "Anula la nota de crédito {number}: el reembolso no se realizó.",
    },
    "test": {
        "en": "TEST: made with test money, not a tax document.",
        "it": "PROVA: emesso con denaro di prova, non è un documento fiscale.",
        "de": "TEST: mit Testgeld erstellt, kein Steuerbeleg.",
        "fr": "TEST : établi avec de l'argent fictif, sans valeur fiscale.",
        "es": "PRUEBA: emitido con dinero de prueba, sin valor fiscal.",
    },
}
LANGUAGES = ("en", "it", "de", "fr", "es", "he", "ar")
"""Those of the layout; the sentences here are English where there is no translation."""


def text(name: str, language: str, **values: str) -> str:
    """Write a sentence, in English where the language is not known."""
    by_language = _TEXTS[name]
    return by_language.get(language, by_language["en"]).format(**values)


def language_of(locale: str, default: str) -> str:
    """Return the language of a payment's locale (`it-IT`) where documents know it, else the project's."""
    word = locale.replace("_", "-").partition("-")[0].lower()
    return word if word in LANGUAGES else default
