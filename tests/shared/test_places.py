"""Places: their parts, and the key of a city."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.places import Parts, city_key, join, parse


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("", Parts()),
        ("中国", Parts()),
        ("中国 四川省 成都市", Parts("四川省", "成都市")),
        ("四川省 成都市", Parts("四川省", "成都市")),
        ("四川 成都", Parts("四川", "成都")),
        ("成都市 成华区", Parts("", "成都市", "成华区")),
        ("成都 成华区", Parts("", "成都", "成华区")),
        ("四川省成都市成华区", Parts("四川省", "成都市", "成华区")),
        ("四川省 成都市 都江堰市", Parts("四川省", "成都市", "都江堰市")),
        ("湖北省 荆州市 沙市区", Parts("湖北省", "荆州市", "沙市区")),
        ("中国 北京 北京", Parts("北京", "北京")),
        ("北京市 北京市 东城区", Parts("北京市", "北京市", "东城区")),
        ("北京市 北京城区 东城区", Parts("北京市", "北京市", "东城区")),
        ("北京市东城区", Parts("北京市", "北京市", "东城区")),
        ("中国 香港 中西区", Parts("香港", "香港", "中西区")),
        ("贵州 贵阳", Parts("贵州", "贵阳")),
        ("广州 天河区", Parts("", "广州", "天河区")),
        ("四川省 凉山彝族自治州 西昌市", Parts("四川省", "凉山彝族自治州", "西昌市")),
        ("内蒙古自治区 锡林郭勒盟", Parts("内蒙古自治区", "锡林郭勒盟")),
        ("成都", Parts("", "成都")),
        ("四川", Parts("四川")),
        ("France Paris", Parts("France", "Paris")),
        ("London", Parts("", "London")),
    ],
)
def test_the_parts_of_a_place(place, parts):
    """What people write, as the products' documents show it."""
    assert parse(place) == parts


@pytest.mark.parametrize(
    "names",
    [
        ("成都", "成都市", "成都市 "),
        ("北京", "北京市", "北京城区"),
        ("重庆", "重庆城区", "重庆郊县"),
        ("香港", "香港特别行政区"),
        ("凉山", "凉山彝族自治州"),
        ("恩施", "恩施土家族苗族自治州"),
        ("锡林郭勒", "锡林郭勒盟"),
        ("Paris", "paris"),
        ("大兴安岭", "大兴安岭地区"),
    ],
)
def test_ways_to_write_a_city_have_one_key(names):
    """With what kind of city it is or without, in whatever case."""
    assert len({city_key(name) for name in names}) == 1


def test_different_cities_have_different_keys():
    """The ending of a short name is part of the name."""
    cities = ("广州", "杭州市", "沙市", "津市", "成都", "")
    assert len({city_key(city) for city in cities}) == len(cities)


@given(st.text(max_size=191))
def test_every_text_has_parts(place):
    """Nothing that people write fails, and the parts hold nothing that was not written."""
    parts = parse(place)
    assert all(word in place for part in parts for word in part.split())
    assert city_key(parts.city) or not parts.city


@given(st.lists(st.sampled_from(["四川省", "成都市", "成华区", ""]), min_size=3, max_size=3))
def test_parts_make_a_place(parts):
    """Empty parts and repetitions leave no trace."""
    kept = [part for part in parts if part]
    once = [part for at, part in enumerate(kept) if at == 0 or part != kept[at - 1]]
    assert join(*parts) == " ".join(once)
