"""The contract can fail: every case refuses something that is broken, and everything broken is refused."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from nats.js.errors import ServerError

from libs.env import Env
from libs.messaging.intake import Intake
from libs.messaging.relay import Relay
from tests.contracts.messaging import broken
from tests.contracts.messaging.cases import burying, consuming, publishing, together
from tests.contracts.messaging.world import Kit, World, a_world

pytestmark = pytest.mark.thorough

PATIENCE_SECONDS = 0.8

Case = Callable[[World], Awaitable[None]]

RELAYS: tuple[tuple[type[Relay], tuple[Case, ...]], ...] = (
    (
        broken.OnlyMemory,
        (
            publishing.a_broker_killed_under_load_loses_and_doubles_nothing,
            publishing.commands_succeed_while_the_broker_is_away_and_their_events_arrive_later,
            publishing.a_relay_killed_at_any_point_loses_nothing,
            publishing.what_memory_does_not_take_is_read_from_the_store,
        ),
    ),
    (broken.Trusting, (publishing.a_full_stream_refuses_and_the_events_wait,)),
    (broken.Hasty, (publishing.after_a_power_cut_all_that_was_acknowledged_in_the_window_is_there_again,)),
    (
        broken.Hoarding,
        (
            publishing.rows_go_once_the_window_is_over,
            publishing.two_relays_over_one_store_delete_each_row_and_store_each_event_once,
        ),
    ),
    (broken.Nameless, (publishing.a_relay_that_starts_again_stores_nothing_twice,)),
    (
        broken.Backwards,
        (publishing.events_are_stored_as_committed, publishing.events_about_one_document_keep_their_order),
    ),
    (
        broken.Careless,
        (
            publishing.a_commit_whose_answer_was_lost_is_published_if_it_landed,
            publishing.what_a_dead_process_left_is_published_by_another,
        ),
    ),
)

INTAKES: tuple[tuple[type[Intake[Env[None]]], tuple[Case, ...]], ...] = (
    (
        broken.Unmarked,
        (
            consuming.a_redelivery_changes_nothing,
            consuming.a_consumer_killed_at_any_point_loses_and_doubles_no_effect,
            burying.a_letter_given_back_twice_has_its_effect_once,
        ),
    ),
    (broken.AllAtOnce, (consuming.a_slow_store_is_not_asked_for_more_than_it_can_answer,)),
    (broken.AcknowledgesFirst, (consuming.an_effect_under_way_when_its_consumer_dies_is_had_by_the_next,)),
    (broken.GivingUp, (consuming.a_broker_killed_meanwhile_loses_and_doubles_no_effect,)),
    (broken.Silent, (consuming.a_long_effect_is_not_begun_twice,)),
    (
        broken.Overtaking,
        (consuming.every_event_has_its_effect_in_order, burying.what_may_heal_is_tried_again_in_order),
    ),
    (broken.Backhanded, (together.effects_share_commits_and_keep_their_order,)),
    (broken.Stubborn, (together.an_event_that_fails_is_put_aside_alone,)),
    (broken.Forgetful, (together.what_was_delivered_before_is_handled_by_itself,)),
    (broken.Greedy, (consuming.what_a_stopping_consumer_has_not_begun_goes_to_another_at_once,)),
    (broken.Impatient, (consuming.a_store_that_is_away_is_waited_for,)),
    (
        broken.Forgetting,
        (
            burying.a_refusal_is_put_aside_with_its_reason_and_the_rest_goes_on,
            burying.what_is_no_event_is_put_aside,
            burying.what_was_delivered_too_often_is_put_aside_untried,
            burying.a_letter_comes_back_to_its_consumer_only,
            burying.a_letter_that_fails_again_is_put_aside_again,
            burying.letters_are_chosen_by_consumer_and_number,
            burying.a_letter_the_broker_does_not_take_keeps_its_message,
        ),
    ),
    (broken.Talkative, (burying.a_bug_is_put_aside_with_its_place_and_without_its_text,)),
    (
        broken.Naive,
        (
            consuming.a_redelivery_that_fails_on_its_own_effect_is_done,
            consuming.a_durable_that_the_broker_lost_goes_back_as_far_as_the_marks,
            consuming.what_is_older_than_the_marks_is_left_out_of_a_durable_that_replaces_another,
        ),
    ),
    (
        broken.Skipping,
        (consuming.a_durable_that_a_broker_without_events_lost_begins_with_the_next_event,),
    ),
    (broken.Anonymous, (consuming.a_handle_gets_the_event_and_on_whose_behalf,)),
    (broken.Everybody, (consuming.a_consumer_takes_only_its_subject_and_a_wildcard_all,)),
    (
        broken.Momentary,
        (consuming.a_service_that_was_down_catches_up, consuming.replicas_share_the_events),
    ),
)

PAIRS = [
    *((Kit(relay=relay), case, relay.__name__) for relay, cases in RELAYS for case in cases),
    *(
        (Kit(consumers=broken.consumers_of(intake)), case, intake.__name__)
        for intake, cases in INTAKES
        for case in cases
    ),
]


@pytest.mark.parametrize(("kit", "case"), [pair[:2] for pair in PAIRS], ids=[f"{n}-{c.__name__}" for _, c, n in PAIRS])
async def test_a_broken_one_is_refused(kit: Kit, case: Case, tmp_path: Path) -> None:
    async with a_world(tmp_path, kit, patience_seconds=PATIENCE_SECONDS) as world:
        with pytest.raises((AssertionError, ServerError)):  # the latter: the broker refuses first
            await case(world)


def test_every_case_refuses_something() -> None:
    every = {*publishing.CASES, *consuming.CASES, *burying.CASES, *together.CASES}
    assert {case for _, case, _ in PAIRS} == every
