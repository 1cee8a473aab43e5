"""Random configurations, random hands, random troubles: in the end the file is what there is."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingconf.sandbox import Switches
from tests.lots.configurations import FLAGS, Document, configurations
from tests.lots.hands import Stroke, strokes
from tests.lots.stage import APPLY, DESTROY, Mishap, Stage
from tests.lots.trouble import troubles
from tests.lots.witness import group_ids

PARTS: Final = 3
"""A first configuration, a second one, the end."""
LATEST: Final = 90
"""Few commands send more requests than this."""


@dataclass(frozen=True)
class Story:
    """What the file says first and then, what others do in between, and what goes wrong in each part."""

    first: Document
    second: Document
    by_hand: list[Stroke]
    strangers: tuple[bool, bool]
    switches: Switches
    ascii: bool
    mishaps: tuple[tuple[Mishap, ...], ...]


@st.composite
def stories(draw: st.DrawFn, *, troubled: bool) -> Story:
    """Any of them. In a troubled one something goes wrong in one of the parts, up to three times in a row."""
    first = draw(configurations())
    mishaps: list[tuple[Mishap, ...]] = [()] * PARTS
    if troubled:
        mishap = st.builds(Mishap, troubles(LATEST), st.just([]) | strokes(unfinished=True))
        mishaps[draw(st.integers(0, PARTS - 1))] = tuple(draw(st.lists(mishap, min_size=1, max_size=3)))
    return Story(
        first,
        draw(configurations(first)),
        draw(strokes()),
        (draw(FLAGS), draw(FLAGS)),
        draw(switches()),
        draw(FLAGS),
        tuple(mishaps),
    )


def switches() -> st.SearchStrategy[Switches]:
    """Every answer that the documents leave open; but lists that lag only where answers have their ids.

    With both, nobody can say at once what was made, and each apply ends at its first creation.
    """
    found = st.builds(
        Switches,
        secrets_in_get=st.sampled_from(["clear", "masked", "absent"]),
        create_answers_id=FLAGS,
        rule_create_path=st.sampled_from(["plan", "rules", "both"]),
        mapping_delete_path=st.sampled_from(["plural", "singular", "both"]),
        test_failure=st.sampled_from(["400", "200"]),
        directory_premade=FLAGS,
        list_counts=FLAGS,
        list_lag=st.sampled_from([0, 0, 1, 2]),
        unique_mappings=FLAGS,
        plan_status_kept=FLAGS,
    )
    return found.filter(lambda one: one.create_answers_id or not one.list_lag)


def play(story: Story, folder: Path, count: Counter[str]) -> None:
    """Tell the story, and see after each part that all is as it should be."""
    count["begun"] += 1
    stage = Stage.open(folder, story.switches, ascii=story.ascii)
    first, second, last = story.mishaps
    if story.strangers[0]:
        stage.strangers_come()
    stage.write(story.first)
    stage.bring_about(APPLY, first, story.first)
    stage.settled(story.first)
    groups = group_ids(stage.world, story.first["pingone"]["groups"])
    stage.act_by_hand(story.by_hand, story.second)
    if story.strangers[1]:
        stage.strangers_come()
    stage.let_go(story.first, story.second, groups)
    stage.write(story.second)
    stage.bring_about(APPLY, second, story.second)
    stage.settled(story.second)
    stage.bring_about(DESTROY, last, story.second)
    stage.end()
    count["settled"] += 1
    count["troubled"] += bool(stage.stumbles)
    count["tried again"] += stage.retries


@pytest.mark.parametrize(
    ("troubled", "most"),
    [
        pytest.param(False, 30, id="nothing goes wrong"),
        pytest.param(True, 40, id="something goes wrong"),
        pytest.param(False, None, id="nothing goes wrong, very often", marks=pytest.mark.soak),
        pytest.param(True, None, id="something goes wrong, very often", marks=pytest.mark.soak),
    ],
)
def test_a_random_story_ends_well(troubled: bool, most: int | None, folders: Iterator[Path]) -> None:
    count: Counter[str] = Counter()

    @given(stories(troubled=troubled))
    def tell(story: Story) -> None:
        play(story, next(folders), count)

    (settings(max_examples=most)(tell) if most else tell)()
    sys.stdout.write(f"{count['settled']} of {count['begun']} random stories settled")
    if troubled:
        sys.stdout.write(f"; in {count['troubled']} of them something went wrong")
        sys.stdout.write(f", and {count['tried again']} needed more than one run after that")
    sys.stdout.write("\n")
    assert count["settled"] == count["begun"]
