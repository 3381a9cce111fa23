"""Validity profiles: those that come with the program, and a person's own."""

from pathlib import Path

import pytest

from digitizer.errors import UsageError
from digitizer.profiles.profiles import (
    DEFAULT_PROFILE,
    DittoPolicy,
    installed_profiles,
    load_profile,
    parse_profile,
)


def test_the_profiles_of_the_contract_are_installed_and_the_default_is_first() -> None:
    assert installed_profiles()[0] == DEFAULT_PROFILE == "advocacy"
    assert set(installed_profiles()) == {
        "advocacy",
        "house-of-commons",
        "ontario",
        "strict-ballot",
    }


@pytest.mark.parametrize("name", installed_profiles())
def test_an_installed_profile_is_called_as_its_file(name: str) -> None:
    assert load_profile(name).name == name


def test_profiles_say_what_their_bodies_do() -> None:
    commons, ontario = load_profile("house-of-commons"), load_profile("ontario")
    assert commons.minimum_signatures == 25
    assert ("address", "city", "province", "postal_code") in commons.required_any
    assert "postal_code" not in (commons.required or ())
    assert ontario.provinces == ("ON",)
    assert load_profile("strict-ballot").dittos is DittoPolicy.REJECT
    assert load_profile().required is None


def test_an_unknown_profile_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'senate'.*advocacy.*strict-ballot"):
        load_profile("senate")
    with pytest.raises(UsageError, match=r"cannot be read.*ontario"):
        load_profile(str(tmp_path / "none.toml"))


def test_a_profile_of_ones_own_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('[profile]\nname = "ours"\n[rows]\nrequired = ["name"]\n', encoding="utf-8")
    ours = load_profile(str(file))
    assert (ours.name, ours.required, ours.minimum_signatures) == ("ours", ("name",), 0)
    assert parse_profile(ours.text, "again") == ours


@pytest.mark.parametrize("province", ["Ontario", "on", "XX"])
def test_a_province_that_nobody_lives_in_is_told(province: str, tmp_path: Path) -> None:
    """Every signer would have been outside, without a word."""
    file = tmp_path / "ours.toml"
    file.write_text(f'[profile]\nname = "ours"\n[rows]\nprovinces = ["{province}"]\n', "utf-8")
    with pytest.raises(UsageError, match=f"'{province}' among rows.provinces, known are AB, BC"):
        load_profile(str(file))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[profile", "no TOML"),
        ("[rows]\n", "profile.name"),
        ('[profile]\nname = "a"\n[votes]\nx = 1\n', r"\[votes\]"),
        ('[profile]\nname = "a"\n[rows]\nditto = "accept"\n', "rows.ditto"),
        ('[profile]\nname = "a"\n[rows]\ndittos = "maybe"\n', "accept, flag, reject"),
        ('[profile]\nname = "a"\n[rows]\nrequired = "name"\n', "rows.required"),
        ('[profile]\nname = "a"\n[rows]\nrequired_any = ["name"]\n', "required_any"),
        ('[profile]\nname = "a"\n[petition]\nminimum_signatures = -1\n', "whole number"),
        ('[profile]\nname = "a"\n[petition]\nminimum_signatures = true\n', "whole number"),
    ],
)
def test_what_is_wrong_with_a_profile_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_profile(text, "ours.toml")
