"""Invented names. Danish, Finnish and English clients, each with their own language."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FIRST = {
    "da": (
        "Mette Freja Sofie Ida Emma Karen Lærke Søren Mikkel Jonas Astrid Signe Bjørn Åse Kirsten "
        "Rasmus Nanna Thea Frederik Malthe Asger Liv Maja Cecilie"
    ).split(),
    "fi": (
        "Aino Elias Sanna Väinö Helmi Eetu Kaisa Ilmari Tuuli Päivi Onni Lotta Sisu Anneli Ville "
        "Kerttu Otso Säde Matti Iida Yrjö Oona Hilla Tapio"
    ).split(),
    "en": (
        "Alice Oliver Grace Henry Ruby Noah Chloe Ethan Megan Lucy Owen Harriet Daniel Molly "
        "Arthur Nina Felix Zoe"
    ).split(),
}
_LAST = {
    "da": (
        "Holm Sørensen Kjær Østergård Møller Lindgaard Bæk Rosenkilde Thorup Vestergaard Nørgaard "
        "Friis Ravn Skov"
    ).split(),
    "fi": (
        "Virtanen Korhonen Mäkinen Niemelä Hämäläinen Järvinen Lehtonen Saarinen Kettunen "
        "Tuominen Räsänen Koskela Ylönen Peltola"
    ).split(),
    "en": (
        "Archer Bennett Carter Doyle Ellis Fletcher Hughes Lawson Marsh Newton Palmer Quinn"
    ).split(),
}


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    email: str
    phone: str
    language: str
    agrees: bool


def people(chance: random.Random, count: int) -> list[Person]:
    """``count`` people with addresses of their own in a domain that cannot receive mail."""
    made: list[Person] = []
    for number in range(count):
        language = chance.choices(("fi", "da", "en"), weights=(5, 3, 2))[0]
        first, last = chance.choice(_FIRST[language]), chance.choice(_LAST[language])
        made.append(
            Person(
                first_name=first,
                last_name=last,
                email=f"client{number:03d}@demo.test",
                phone=_phone(language, number),
                language=language,
                agrees=chance.random() < 0.6,
            )
        )
    return made


def _phone(language: str, number: int) -> str:
    if language == "da":
        return f"+4520{100000 + number}"
    return f"+35840{1000000 + number}"
