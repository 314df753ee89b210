"""Real data, counted again by pandas, which knows nothing of the importer."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import call_command

from surveys.models import CodeCard, DirtyMark, Response, ScaleScore, Wave
from surveys.scoring import scale_rules
from surveys.services import codec_of, document_of

MAPPINGS = Path(__file__).resolve().parents[3] / "surveys" / "mappings"
GSS_ITEMS = [
    *("socrel_freq7", "socfrend_freq7", "socommun_freq7", "socbar_freq7"),
    *("trust3", "fair3", "helpful3", "educ_years", "degree", "coneduc3"),
    *("satjob4", "joblose4_secure", "jobfind3", "happy3", "life3", "health4"),
]

pytestmark = pytest.mark.django_db


def read_summary(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    lines = re.findall(r"^  (.+?) {2,}(\d+)$", capsys.readouterr().out, re.MULTILINE)
    return {name: int(count) for name, count in lines}


def import_responses(path: Path, mapping: Path, **options: bool) -> None:
    call_command("import_responses", path, mapping=mapping, **options)


@pytest.mark.slow
def test_gss_panels_whole(
    shared_data: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_data("gss_panels_2006_2014_long.csv")
    rows = pd.read_csv(path)
    asked = rows[rows["year"].notna() & rows[GSS_ITEMS].notna().any(axis=1)].copy()
    first = asked[asked["wave"] == 1].set_index("pid")
    asked["home"] = asked["pid"].map(first["region"] + ", " + first["place_size"])

    import_responses(path, MAPPINGS / "gss-panels.yaml")

    summary = read_summary(capsys)
    assert summary["rows read"] == 18_201
    assert summary["not interviewed"] == 18_201 - len(asked)
    assert summary["new responses"] == len(asked)
    assert summary["people"] == asked["pid"].nunique() == 6_067
    assert summary["communities"] == summary["new communities"] == asked["home"].nunique() == 75
    answered = {wave: set(part["pid"]) for wave, part in asked.groupby("wave")}
    for earlier, later in [(1, 2), (1, 3), (2, 3)]:
        expected = len(answered[earlier] & answered[later])
        assert summary[f"pairs {earlier}→{later}"] == expected
    stored = Response.objects.values_list("wave__community__name", "wave__sequence")
    counted = asked.groupby(["home", "wave"]).size()
    assert pd.Series(list(stored)).value_counts().to_dict() == counted.to_dict()
    homes = CodeCard.objects.values_list("community__name", flat=True)
    assert (
        pd.Series(list(homes)).value_counts().to_dict()
        == first.groupby(first["region"] + ", " + first["place_size"]).size().to_dict()
    )
    assert DirtyMark.objects.count() == len(counted)
    assert Wave.objects.count() == 75 * 3  # also where nobody came back


@pytest.mark.slow
def test_gss_scores_and_answers_are_those_of_the_file(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("gss_panels_2006_2014_long.csv")
    rows = pd.read_csv(path)
    rows = rows[rows["year"].notna()]
    trust = rows[["trust3", "fair3", "helpful3"]]
    expected = ((trust - 1) / 2 * 100).mean(axis=1)[trust.notna().sum(axis=1) >= 2]
    home = rows[rows["wave"] == 1].set_index("pid")
    place = rows["pid"].map(home["region"] + ", " + home["place_size"])

    import_responses(path, MAPPINGS / "gss-panels.yaml")

    document = document_of(Response.objects.select_related("version")[0].version)
    scales = list(scale_rules(document))
    unit = scale_rules(document)["belonging"].unit
    scores = ScaleScore.objects.values_list(
        "response__wave__community__name", "response__wave__sequence", "values"
    )
    found = pd.DataFrame(
        [(name, wave, values[scales.index("belonging")]) for name, wave, values in scores],
        columns=["home", "wave", "units"],
    ).dropna()
    means = (found["units"].astype(float) / unit).groupby([found["home"], found["wave"]]).mean()
    theirs = expected.groupby([place, rows["wave"]]).mean()
    pd.testing.assert_series_equal(means, theirs, check_names=False, rtol=1e-12, check_dtype=False)


@pytest.mark.slow
def test_gss_twice_changes_nothing(
    shared_data: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_data("gss_panels_2006_2014_long.csv")
    import_responses(path, MAPPINGS / "gss-panels.yaml")
    before = set(Response.objects.values_list("uuid", "content_hash"))
    DirtyMark.objects.all().delete()
    capsys.readouterr()

    import_responses(path, MAPPINGS / "gss-panels.yaml")

    summary = read_summary(capsys)
    assert (summary["new responses"], summary["already there"]) == (0, len(before))
    assert set(Response.objects.values_list("uuid", "content_hash")) == before
    assert not DirtyMark.objects.exists()


CLAUS = """
plan: {code: claus-2020}
instrument: {code: claus-2020, version: "1", title: In-patients with depression, language: en}
person: id
community: {text: Clinic}
wave: time
waves: {1: before, 2: after, 3: follow_up, 4: follow_up}
groups: {arm: {column: treatment, values: {TAU: usual, PA: placebo}}}
scales:
  bdi: {role: problems, method: sum, minimum: 0, maximum: 63, items: [bdi]}
  shaps: {method: sum, minimum: 0, maximum: 14, items: [shaps]}
  who: {method: sum, minimum: 0, maximum: 25, items: [who]}
  hamd: {role: problems, method: sum, minimum: 0, maximum: 52, items: [hamd]}
"""

BEAT_THE_BLUES = """
plan: {code: beat-the-blues}
instrument: {code: btb, version: "1", title: Beat the Blues, language: en}
person: {each_row: true}
community: {text: Primary care}
waves:
  1: {kind: before, suffix: .pre}
  2: {kind: after, suffix: .2m}
  3: {suffix: .3m}
  4: {suffix: .5m}
  5: {suffix: .8m}
groups:
  arm: {column: treatment, values: {TAU: usual, BtheB: programme}}
  drug: {column: drug, values: {Yes: taken, No: none}}
scales:
  depression: {role: problems, method: sum, minimum: 0, maximum: 63, items: [bdi]}
"""

PISA = """
plan: {code: pisa-2009}
instrument: {code: pisa-st34, version: "1", title: Teacher-student relations, language: en}
person: {each_row: true}
community: CNT
label_sets:
  agreement: {Strongly disagree: 1, Disagree: 2, Agree: 3, Strong agree: 4}
scales:
  relations:
    domain: relationships
    labels: agreement
    items: [ST34Q01, ST34Q02, ST34Q03, ST34Q04, ST34Q05]
"""


def test_claus_four_waves_of_totals(
    shared_data: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, mapping = shared_data("claus_2020.csv"), tmp_path / "mapping.yaml"
    mapping.write_text(CLAUS)
    rows = pd.read_csv(path).dropna(how="all", subset=["bdi", "shaps", "who", "hamd"])
    answered = {wave: set(part["id"]) for wave, part in rows.groupby("time")}

    import_responses(path, mapping)

    summary = read_summary(capsys)
    assert (summary["rows read"], summary["new responses"]) == (172, len(rows))
    for later in (2, 3, 4):
        assert summary[f"pairs 1→{later}"] == len(answered[1] & answered[later])
    scores = ScaleScore.objects.filter(response__wave__sequence=2).values_list("values", flat=True)
    second = rows[rows["time"] == 2]
    for position, scale in enumerate(["bdi", "shaps", "who", "hamd"]):
        found = [score for values in scores if (score := values[position]) is not None]
        assert sorted(found) == sorted(second[scale].dropna())
    arms = Response.objects.filter(groups__arm="placebo").count()
    assert arms == (rows["treatment"] == "PA").sum()


def test_beat_the_blues_wide_with_drop_out(
    shared_data: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, mapping = shared_data("beat_the_blues.csv"), tmp_path / "mapping.yaml"
    mapping.write_text(BEAT_THE_BLUES)
    rows = pd.read_csv(path)
    columns = ["bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m"]

    import_responses(path, mapping)

    summary = read_summary(capsys)
    assert summary["rows read"] == summary["people"] == 100
    assert summary["not interviewed"] == rows[columns].isna().sum().sum()
    for wave, column in enumerate(columns, 1):
        assert summary[f"responses in wave {wave}"] == rows[column].notna().sum()
        answers = Response.objects.filter(wave__sequence=wave)
        codec = codec_of(answers.select_related("version")[0].version)
        stored = sorted(codec.decode(bytes(answer.answers))["bdi"] for answer in answers)
        assert stored == sorted(rows[column].dropna())
    assert summary["pairs 1→5"] == rows["bdi.8m"].notna().sum()


@pytest.mark.slow
def test_pisa_answers_in_words_and_one_wave(
    shared_data: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, mapping = shared_data("pisa2009_teacher_relations_66690.csv"), tmp_path / "mapping.yaml"
    mapping.write_text(PISA)
    rows = pd.read_csv(path)
    answered = rows.filter(like="ST34").notna().any(axis=1)

    import_responses(path, mapping)

    summary = read_summary(capsys)
    assert summary["new responses"] == answered.sum()
    assert summary["communities"] == 3
    assert not any(name.startswith("pairs") for name in summary)
    document = document_of(Response.objects.select_related("version")[0].version)
    assert document.items[0].kind == "choice"
    assert [choice.text["en"] for choice in document.items[0].choices][-1] == "Strong agree"
