"""What need not be asked twice, and what must be."""

from __future__ import annotations

import threading
import time

import pytest

from pingconf.clients.memory import Glance, Memory


class Service:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        time.sleep(0.01)
        self.asked += 1
        return self.asked


def test_nothing_is_remembered_but_within_a_block() -> None:
    memory, service = Memory[int](), Service()
    assert [memory.recall("a", service) for _ in range(2)] == [1, 2]
    with memory.remembering():
        assert [memory.recall("a", service) for _ in range(3)] == [3, 3, 3]
        with memory.remembering():
            assert memory.recall("a", service) == 3
        assert memory.recall("a", service) == 3
        memory.forget()
        assert memory.recall("a", service) == 4
    assert memory.recall("a", service) == 5


def test_for_good_is_for_good() -> None:
    memory, service = Memory[int](for_good=True), Service()
    assert [memory.recall("a", service), memory.recall("b", service), memory.recall("a", service)] == [
        1,
        2,
        1,
    ]


def test_of_many_threads_one_asks_and_all_have_the_answer() -> None:
    memory, service = Memory[int](for_good=True), Service()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(memory.recall("a", service))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, service.asked) == ([1] * 16, 1)


def test_an_error_is_not_remembered() -> None:
    memory = Memory[int](for_good=True)

    def fail() -> int:
        raise ValueError

    with pytest.raises(ValueError):
        memory.recall("a", fail)
    assert memory.recall("a", lambda: 7) == 7


def test_a_glance_is_good_for_one_use_before_anything_is_written() -> None:
    glance, service = Glance[int](), Service()
    assert [glance.at("a", service) for _ in range(2)] == [1, 2]
    with glance.keeping():
        assert [glance.at("a", service) for _ in range(3)] == [3, 3, 4]
    with glance.keeping():
        assert glance.at("a", service) == 5
        glance.drop()
        assert glance.at("a", service) == 6
    assert glance.at("a", service) == 7


def test_the_glance_of_one_thread_is_nothing_to_another() -> None:
    glance, service = Glance[int](), Service()
    with glance.keeping():
        glance.at("a", service)
        other = threading.Thread(target=lambda: glance.at("a", service))
        other.start()
        other.join()
        assert service.asked == 2
        assert glance.at("a", service) == 1
