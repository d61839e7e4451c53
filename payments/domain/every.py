"""How often a subscription renews, in the languages of customers."""

from typing import Final

_EVERY: Final = {
    "en": {
        "DAY": ("every day", "every {n} days"),
        "WEEK": ("every week", "every {n} weeks"),
        "MONTH": ("every month", "every {n} months"),
        "YEAR": ("every year", "every {n} years"),
    },
    "it": {
        "DAY": ("ogni giorno", "ogni {n} giorni"),
        "WEEK": ("ogni settimana", "ogni {n} settimane"),
        "MONTH": ("ogni mese", "ogni {n} mesi"),
        "YEAR": ("ogni anno", "ogni {n} anni"),
    },
    "de": {
        "DAY": ("jeden Tag", "alle {n} Tage"),
        "WEEK": ("jede Woche", "alle {n} Wochen"),
        "MONTH": ("jeden Monat", "alle {n} Monate"),
        "YEAR": ("jedes Jahr", "alle {n} Jahre"),
    },
    "fr": {
        "DAY": ("chaque jour", "tous les {n} jours"),
        "WEEK": ("chaque semaine", "toutes les {n} semaines"),
        "MONTH": ("chaque mois", "tous les {n} mois"),
        "YEAR": ("chaque année", "tous les {n} ans"),
    },
    "es": {
        "DAY": ("cada día", "cada {n} días"),
        "WEEK": ("cada semana", "cada {n} semanas"),
        "MONTH": ("cada mes", "cada {n} meses"),
        "YEAR": ("cada año", "cada {n} años"),
    },
}


def every(interval: str, count: int, language: str) -> str:
    """Say `every month`, or `every 3 months`; in English where the language is not known."""
    one, many = _EVERY.get(language, _EVERY["en"])[interval]
    return one if count == 1 else many.format(n=count)
