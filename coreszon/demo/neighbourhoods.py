"""What is known of each district: who lives there, and what there is to use. All of it invented."""

from datetime import timedelta
from decimal import Decimal

from communities.models import Domain, PopulationDimension, PopulationShare, Resource
from coreszon.demo.places import DISTRICTS, District
from coreszon.demo.register import Register

SOURCE = "invented for this demo"
#: Per cent of the children, the young and the grown-up.
AGE_BANDS = (("child", "9"), ("youth", "11"), ("adult", "80"))
#: Per cent of the languages most spoken, in the order of the district's list.
LANGUAGES = ("46", "18", "9")

#: What every district has: name, domain, whether without steps, whether papers are asked for.
RESOURCES = (
    ("Neighbourhood café", Domain.RELATIONSHIPS, True, False),
    ("Parents' breakfast", Domain.RELATIONSHIPS, False, False),
    ("Community garden", Domain.BELONGING, True, False),
    ("German course", Domain.EDUCATION, False, True),
    ("Homework help", Domain.EDUCATION, True, False),
    ("Job advice", Domain.EMPLOYMENT, True, True),
)


def build_neighbourhoods(register: Register) -> None:
    for district in DISTRICTS:
        PopulationShare.objects.bulk_create(_shares(register, district))
        Resource.objects.bulk_create(_resources(register, district))


def _shares(register: Register, district: District) -> list[PopulationShare]:
    known = [(PopulationDimension.AGE_BAND, *band) for band in AGE_BANDS]
    spoken = zip(district.languages, LANGUAGES, strict=False)
    known += [(PopulationDimension.LANGUAGE, *language) for language in spoken]
    return [
        PopulationShare(
            community=register.communities[district.code],
            dimension=dimension,
            category=category,
            share=Decimal(share),
            source=SOURCE,
            as_of=register.today.replace(month=1, day=1),
        )
        for dimension, category, share in known
    ]


def _resources(register: Register, district: District) -> list[Resource]:
    return [
        Resource(
            community=register.communities[district.code],
            name=name,
            domain=domain,
            languages=list(district.languages[: 1 + place % 3]),
            is_step_free=is_step_free,
            needs_residence_proof=needs_papers,
            verified_on=register.today - timedelta(days=40 * place),
        )
        for place, (name, domain, is_step_free, needs_papers) in enumerate(RESOURCES, 1)
    ]
