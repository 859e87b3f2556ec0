"""Names, services and descriptions that the benchmarks' clients are made of."""

from __future__ import annotations

FIRST = (
    "Åse Bjørn Søren Märta Jørgen Æbba Väinö Hyvä Øyvind Aino Anna Bo Camilla Dorthe Eero Freja"
    " Gustav Helmi Ida Jonas Kaisa Lærke Mikkel Nanna Olavi Päivi Rasmus Sanna Tove Ulla Viggo"
    " Ylva Zoë François José Łukasz Đorđe Ελένη Марія 明"
).split()
LAST = (
    "Østergård Ångström Mäkinen Hämäläinen Jørgensen Kjær Lindström Møller Nyström Öberg Pedersen"
    " Rantanen Sørensen Thygesen Virtanen Winther Ærø Bäckström Christensen Dahl Eskelinen Frandsen"
    " Grønbæk Heikkilä Iversen Järvinen Koskinen Laine Madsen Nielsen O'Brien Poulsen Quist"
    " Räsänen Salminen Toivonen Ulrich Vestergaard Wikström Žižek Παπαδόπουλος Шевченко 王"
).split()

SERVICES = (
    ("Swedish massage", "Svensk massage", "Klassinen hieronta"),
    ("Deep tissue massage", "Dybdegående massage", "Syvähieronta"),
    ("Haircut", "Klipning", "Hiustenleikkaus"),
    ("Colour and cut", "Farve og klip", "Värjäys ja leikkaus"),
    ("Facial", "Ansigtsbehandling", "Kasvohoito"),
    ("Manicure", "Manicure", "Käsihoito"),
    ("Pedicure", "Pedicure", "Jalkahoito"),
    ("Aromatherapy", "Aromaterapi", "Aromaterapia"),
)
CLASSES = (
    ("Yoga", "Yoga", "Jooga"),
    ("Pilates", "Pilates", "Pilates"),
    ("Spinning", "Spinning", "Spinning"),
)

# What staff write, in the alphabets that come in, and what a spreadsheet would take for a formula.
DESCRIPTIONS = (
    "Thank you for your help",
    "Tak for hjælpen på åbningsdagen, øl og æbler",
    "Kiitos käynnistä – hyvää päivää, äiti",
    "Благодарим за помощь",
    "Ευχαριστούμε πολύ",
    "感谢您的帮助",
    "شكرا جزيلا لك",
    "תודה רבה",
    "🎉 Party, “quoted”; semicolon, comma",
    "=1+1",
    "-5",
    "+45 points moved",
    "@home",
    '=HYPERLINK("https://example.com")',
    "Two\nlines",
    "Correction",
)
