"""Texts: each source has a licence and documents, which are split once and read as numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateflow.sim.inference.texts import ALPHABET, SOURCES, corpus, decoded, documents, encoded, split, windows


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_has_documents_and_a_licence(name):
    assert SOURCES[name].licence
    whole = documents(name)
    assert len(whole) >= 10
    assert 70_000 < sum(map(len, whole)) < 170_000
    assert all(1000 <= len(codes) <= 8000 for codes in whole)


@pytest.mark.parametrize(("name", "word"), [("scripture", "the LORD"), ("novel", "whale"), ("addresses", "Congress"),
                                            ("python", "def "), ("headers", "#define NPY"), ("manual", "expression")])
def test_a_source_is_what_its_name_says(name, word):
    counted = {other: sum(decoded(codes).count(word) for codes in documents(other)) for other in SOURCES}
    assert counted[name] == max(counted.values())
    assert counted[name] > 10


@given(st.text(max_size=60))
def test_reading_a_text_keeps_what_the_alphabet_has(text):
    again = decoded(encoded(text))
    assert set(again) <= set(ALPHABET)
    assert np.array_equal(encoded(again), encoded(decoded(encoded(again))))
    assert [letter for letter in again if letter not in " \n"] == [
        letter for letter in text if letter in ALPHABET and letter not in " \n"]


def test_documents_of_a_split_are_all_of_them_once(rng):
    parts = split("novel", rng)
    assert len(parts[0]) > len(parts[2]) > len(parts[1]) > 0
    together = sorted(decoded(codes) for part in parts for codes in part)
    assert together == sorted(decoded(codes) for codes in documents("novel"))


def test_pieces_are_of_the_documents(rng):
    texts = split("python", rng)[2]
    whole = [decoded(codes) for codes in texts]
    for piece in windows(texts, 20, 40, rng):
        assert any(decoded(piece) in text for text in whole)


def test_every_beginning_of_a_piece_is_as_likely(rng):
    texts = [np.arange(0, 10), np.arange(10, 40)]
    firsts = np.bincount(windows(texts, 30_000, 8, rng)[:, 0], minlength=40)
    places = [*range(3), *range(10, 33)]
    assert firsts.sum() == firsts[places].sum()
    assert np.abs(firsts[places] / 30_000 * len(places) - 1).max() < 0.15


def test_sources_of_a_corpus_are_of_one_length():
    joined = corpus([[np.arange(3), np.arange(2)], [np.array([7, 8])]])
    assert joined.tolist() == [[0, 1, 2, 0, 1], [7, 8, 7, 8, 7]]
