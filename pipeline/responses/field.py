"""Rows that are no answers from the field: tests, and what came before or after it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.errors import UserError
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rows import Findings, Rows, nothing, rejecting


def find_tests(rows: Rows) -> Findings:
    """Find rows that came by a token of a test, preview links included."""
    layout = rows.plan.responses
    if not layout.test_tokens:
        return nothing(rows)
    tests = [isinstance(each, str) and layout.is_test(each) for each in rows.raw.token]
    return rejecting(np.array(tests, dtype=bool), "the token of a test")


def find_outside_field(rows: Rows) -> Findings:
    """Find rows that were started before the field opened, or after its last day.

    Where the start is not known, the moment of sending off counts; a row without either is flagged.

    Raises
    ------
    UserError
        The plan declares when the field was open, and the answers tell no moments at all.
    """
    field = rows.plan.cleaning.field
    if field is None:
        return nothing(rows)
    moment = _moment(rows.raw)
    if moment is None:
        raise UserError(
            f"questionnaires/{rows.questionnaire.study}/analysis.yaml: cleaning: 'field' says when the "
            "field was open, and the answers do not tell when they were given; export them with their "
            "dates, or leave 'field' out"
        )
    day = moment.astype("datetime64[D]")
    rejected = (day < np.datetime64(field.opens)) | (day > np.datetime64(field.closes))
    reasons = [
        f"given on {each}, the field was open from {field.opens} to {field.closes}"
        for each in day[rejected]
    ]
    return replace(nothing(rows), rejected=rejected, reasons=reasons, flagged=np.isnat(day))


def _moment(raw: RawAnswers) -> np.ndarray | None:
    """Return (n,) when each row was started, else sent off; None where the file tells neither."""
    if raw.started is None or raw.submitted is None:
        return raw.submitted if raw.started is None else raw.started
    return np.where(np.isnat(raw.started), raw.submitted, raw.started)
