"""The analysis plan as declared in `analysis.yaml`: what is done with the answers, fixed beforehand."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.declared import Code, Declared, Named, Text
from pipeline.core.predeclared import (
    Aggregation,
    Careless,
    Derived,
    Disclosure,
    Expectation,
    Factors,
    Gaps,
    Hypothesis,
    Inference,
    Invariance,
    LogicalCheck,
    Method,
    Missing,
    ModelEstimator,
    PlannedModel,
    Reliability,
    Sensitivity,
    Weighting,
)

DECLARED_ONLY = ("missing", "disclosure")
FormatName = Literal[
    "limesurvey",
    "limesurvey-json",
    "kobo",
    "odk",
    "web",
    "surveyjs",
    "spss",
    "stata",
    "excel",
    "parquet",
    "csv",
]
PLAIN_FORMATS = ("spss", "stata", "excel", "parquet", "csv")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Responses(Declared):
    """How files of answers are laid out.

    `file` is the one to take from a folder, and the name under which simulated answers are drawn;
    `format`, the one that is expected: a file's own is told by what is in it. In plain files (CSV,
    Excel, Parquet, SPSS, Stata), `respondent` names the column of row ids, `language` that of the
    interview's language (empty: all in the base language), `weight` that of the weights (empty:
    everyone counts once); platforms bring their own. `frame` names the list of invited people, whose
    tokens tell the organisation. `test_tokens` are patterns (`*` for any characters) of the tokens that
    tests come by, which the frame need not have. `ignore` lists columns that are not read; `versions` are
    those of earlier questionnaires whose answers are comparable with this one's.
    """

    file: str = ""
    format: FormatName | Literal[""] = ""
    frame: str = ""
    in_frame: Named[Literal["language", "level", "gender", "age"]] = {}
    delimiter: Annotated[str, Field(pattern=r"^[\t -!#-~]$")] = ","
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    respondent: str = ""
    language: str = ""
    weight: str = ""
    test_tokens: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()

    @property
    def drawn_as(self) -> Literal["csv", "limesurvey"]:
        """The format in which simulated answers are written."""
        is_plain = self.respondent and self.format != "limesurvey"
        return "csv" if is_plain else "limesurvey"

    @property
    def drawn_file(self) -> str:
        """The name of the file of simulated answers."""
        return self.file if self.file.endswith((".csv", ".csv.gz")) else "responses.csv"

    def is_test(self, token: str) -> bool:
        """Say whether a token is one of a test."""
        return any(fnmatchcase(token, pattern) for pattern in self.test_tokens)


class Organisations(Declared):
    """Which questions name the organisation, outermost level first, and which codes are residual.

    `residual` patterns (`*` for any characters) mark units such as "all other": they stay in every
    statistic, and out of figures and benchmarks that show organisations. `types` names the types of
    `organisations.csv` for readers.
    """

    levels: tuple[str, ...]
    residual: tuple[str, ...] = ()
    types: Named[Text] = {}

    def is_residual(self, code: str) -> bool:
        """Say whether an organisation's code is one of the residual units."""
        return any(fnmatchcase(code, pattern) for pattern in self.residual)


class Consent(Declared):
    """The question that asks for consent, and the code that gives it."""

    question: str
    code: Code


class FieldPeriod(Declared):
    """First and last day of the field: what was started before or after them is no answer from it."""

    opens: date
    closes: date

    @model_validator(mode="after")
    def _ordered(self) -> FieldPeriod:
        if self.closes < self.opens:
            raise ValueError("'closes' is before 'opens'")
        return self


class Implausible(Declared):
    """Which counts are too high to be true.

    Those above the `percentile` of all answers to the question that are also above `times` the size of
    the unit: a number of `derived`, before its logarithm.
    """

    counts: tuple[str, ...]
    size: str
    percentile: Annotated[float, Field(gt=50, lt=100)] = 99.9
    times: Annotated[float, Field(gt=0)] = 3.0


class Duplicates(Declared):
    """What makes two rows the same person.

    One token; or, inside an organisation, equal answers (or none) to the `same` questions and a share of
    at least `share` equal among at least `answered` core ratings.
    """

    same: tuple[str, ...] = ()
    share: Annotated[float, Field(gt=0.5, le=1)] = 0.95
    answered: Annotated[int, Field(ge=10)] = 60


class Cleaning(Declared):
    """Thresholds of the cleaning rules; a rule that is not declared is not applied.

    A row with less than `partial` of its core ratings answered is rejected; with at least
    `complete`, it is complete; between the two, partial.
    """

    consent: Consent | None = None
    field: FieldPeriod | None = None
    duplicates: Duplicates | None = None
    implausible: Implausible | None = None

    partial: Annotated[float, Field(ge=0, le=1)] = 0.5
    complete: Annotated[float, Field(ge=0, le=1)] = 0.8

    @model_validator(mode="after")
    def _ordered(self) -> Cleaning:
        if self.partial > self.complete:
            raise ValueError("'partial' is above 'complete'")
        return self


class Model(Declared):
    """One regression: `outcome` on `predictors` and the plan's or its own `controls`.

    With `standardised`, scores enter as z-scores over everyone who has one, also as the outcome. `among`
    is a condition on who is in it.
    """

    id: Name
    estimator: ModelEstimator
    standardised: bool = False
    among: str = ""
    outcome: str
    predictors: tuple[str, ...]
    controls: tuple[str, ...] | None = None
    hypothesis: str = ""
    status: Literal["confirmatory", "exploratory"] = "exploratory"


class Plan(Declared):
    """The whole plan of a study.

    `categories` name questions that enter models as categories, though their codes are numbers. `scales`,
    where they are listed, are all that the plan was made for: every scale, index and block of
    the questionnaire. `derived` numbers can be controls and predictors, and so can `organisation_type`,
    the type in `organisations.csv`. `groups` name the questions (or `language`) by whose answers tables
    are split; `minimum_cell` is the smallest number of people that a published cell may stand for,
    never below 10.
    """

    seed: Annotated[int, Field(ge=0)]
    responses: Responses
    organisation: Organisations
    outcomes: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    derived: Named[Derived] = {}
    cleaning: Cleaning = Cleaning()
    checks: tuple[LogicalCheck, ...] = ()
    careless: Careless | None = None
    weighting: Weighting | None = None
    reliability: Reliability = Reliability()
    factors: Factors = Factors()
    factor_models: tuple[PlannedModel, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    method: Method | None = None
    invariance: Invariance = Invariance()
    aggregation: Aggregation = Aggregation()
    gaps: Gaps | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    inference: Inference | None = None
    missing: Missing | None = None
    sensitivity: Sensitivity | None = None
    disclosure: Disclosure | None = None
    models: tuple[Model, ...] = ()
    minimum_cell: Annotated[int, Field(ge=10)] = 10
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95

    @property
    def not_applied(self) -> list[str]:
        """The parts that are declared and that no stage acts on yet."""
        return [name for name in DECLARED_ONLY if getattr(self, name)]

    @property
    def least_df(self) -> float:
        """The smallest degrees of freedom on which anything is tested."""
        return (self.inference or Inference()).least_df

    @property
    def weighted(self) -> bool:
        """Whether people count by weights: declared here, or brought by the answers."""
        return self.weighting is not None or self.responses.weight != ""

    def controls_of(self, model: Model) -> tuple[str, ...]:
        """Return a model's own controls, or the plan's where it names none."""
        return self.controls if model.controls is None else model.controls
