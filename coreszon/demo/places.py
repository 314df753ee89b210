"""Who and where. The districts exist; everybody in them is invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class District:
    code: str
    name: str
    population: int
    languages: tuple[str, ...]
    #: Participants of the finished round; Finkenwerder stays below what may be published.
    people: int


DISTRICTS = (
    District("altona-altstadt", "Altona-Altstadt", 29_900, ("de", "tr", "ar"), 92),
    District("billstedt", "Billstedt", 71_300, ("tr", "fa-af", "de"), 104),
    District("wilhelmsburg", "Wilhelmsburg", 53_900, ("tr", "ar", "de"), 116),
    District("steilshoop", "Steilshoop", 19_700, ("fa-af", "de", "uk"), 34),
    District("lurup", "Lurup", 37_000, ("ar", "de"), 40),
    District("barmbek-nord", "Barmbek-Nord", 42_100, ("uk", "de"), 44),
    District("harburg", "Harburg", 29_500, ("ar", "uk", "de"), 30),
    District("finkenwerder", "Finkenwerder", 11_700, ("de", "tr"), 11),
)


@dataclass(frozen=True, slots=True)
class DemoTrainer:
    name: str
    base: str
    languages: tuple[str, ...]
    level: str = "trainer"


TRAINERS = (
    DemoTrainer("Leyla Aydın", "wilhelmsburg", ("tr", "de"), "lead"),
    DemoTrainer("Samir Haddad", "harburg", ("ar", "de")),
    DemoTrainer("Oksana Melnyk", "barmbek-nord", ("uk", "de")),
    DemoTrainer("Farid Rahimi", "steilshoop", ("fa-af", "en", "de")),
    DemoTrainer("Meryem Demir", "billstedt", ("tr", "de")),
    DemoTrainer("Nour Khalil", "lurup", ("ar", "en", "de")),
    DemoTrainer("Jana Petersen", "altona-altstadt", ("de", "en"), "lead"),
    DemoTrainer("Zahra Noori", "billstedt", ("fa-af", "de"), "in_training"),
)

MODULES = (
    ("who-is-around", "Who is around me", ("relationships",)),
    ("a-place-of-mine", "A place of mine", ("belonging",)),
    ("asking-for-help", "Asking for help", ("relationships", "belonging")),
    ("school-and-courses", "School and courses", ("education",)),
    ("work-and-family", "Work and family", ("employment",)),
    ("our-next-step", "Our next step", ("relationships", "belonging", "education", "employment")),
)

FIDELITY_MARKS = (
    "We did what was planned",
    "People took part actively",
    "I would hold it like this again",
)

#: First names of participants, shown only to those who may see contact details.
NAMES = (
    "Amina", "Yusuf", "Olena", "Taras", "Elif", "Murat", "Hala", "Omar", "Shirin", "Navid", "Ines",
    "Karl", "Dilan", "Rami", "Iryna", "Bohdan", "Selin", "Emre", "Rana", "Karim", "Laila", "Hamid",
    "Grete", "Jonas", "Fatma", "Kemal", "Samira", "Nabil", "Daryna", "Andrij", "Zeynep", "Ali",
)  # fmt: skip
