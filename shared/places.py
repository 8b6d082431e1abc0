"""Places as people write them, and the city in them.

A place is free text in some products (`四川省 成都市`, `成都市 成华区`), in others it has parts,
which are a province, a city and a district. Here one becomes the other, and two ways to write a
city become one key.
"""

import re
from typing import NamedTuple

_COUNTRY = frozenset(("中国", "中华人民共和国", "china", "cn"))
_MUNICIPALITIES = ("北京", "上海", "天津", "重庆", "香港", "澳门")
"""Province and city in one; written once or twice, with or without what they are."""
_MUNICIPALITY_ENDS = ("城区", "郊县", "特别行政区", "市")
"""What may follow their names: maps call the city in 北京市 北京城区, the counties 重庆郊县."""
_PROVINCES = (
    *(
        "河北",
        "山西",
        "辽宁",
        "吉林",
        "黑龙江",
        "江苏",
        "浙江",
        "安徽",
        "福建",
        "江西",
        "山东",
        "河南",
    ),
    *("湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾"),
    *("内蒙古", "广西", "西藏", "宁夏", "新疆"),
)
_PROVINCE_ENDS = ("省", "自治区")
_CITY_ENDS = ("市", "自治州", "州", "盟", "地区")
_DISTRICT_ENDS = ("区", "县", "旗", "镇", "乡")
_OF_PEOPLES = (
    "蒙古族?|回族?|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|侗族|白族|土家族|哈尼族|哈萨克|傣族|黎族|"
    "傈僳族|景颇族|柯尔克孜|羌族"
)
_KIND_OF_CITY = re.compile(rf"(?<=..)(?:(?:{_OF_PEOPLES})*自治州|特别行政区|市|盟|地区)$")
_BETWEEN = re.compile(r"[\s,，、·/|]+")
_ONE_WORD = re.compile(
    r"(?P<province>[^省]{2,}省|.{2,}?自治区|(?:北京|上海|天津|重庆)市)?"
    r"(?P<city>.{2,}?(?:市|自治州|盟|地区))?(?P<district>.*)"
)


class Parts(NamedTuple):
    """A place in parts; what is not known is empty."""

    province: str = ""
    city: str = ""
    district: str = ""


def join(*parts: str) -> str:
    """Write the parts of a place as one text, a part that repeats the one before it once."""
    words: list[str] = []
    for part in parts:
        if part and part not in words[-1:]:
            words.append(part)
    return " ".join(words)


def parse(place: str) -> Parts:
    """Find the parts in a place as well as can be; every text gives some answer."""
    words = [word for word in _BETWEEN.split(place) if word]
    if words and words[0].casefold() in _COUNTRY:
        del words[0]
    if len(words) == 1:
        words = _split(words[0])
    if not words:
        return Parts()
    if _municipality(words[0]):
        rest = [word for word in words[1:] if _municipality(word) != _municipality(words[0])]
        return Parts(words[0], words[0], " ".join(rest))
    if _is_province(words[0]):
        province, words = words[0], words[1:]
        city, rest = (words[0], words[1:]) if words else ("", [])
        return Parts(province, city, " ".join(rest))
    return _without_province(words)


def _without_province(words: list[str]) -> Parts:
    for at, word in enumerate(words):
        if word.endswith(_CITY_ENDS):
            return Parts(" ".join(words[:at]), word, " ".join(words[at + 1 :]))
    if len(words) == 1 or words[1].endswith(_DISTRICT_ENDS):
        return Parts("", words[0], " ".join(words[1:]))
    return Parts(words[0], words[1], " ".join(words[2:]))  # such as a country and a city


def _split(word: str) -> list[str]:
    """Take apart what was written without spaces, such as 四川省成都市成华区."""
    found = _ONE_WORD.fullmatch(word)
    return [part for part in found.groups() if part] if found else [word]


def _municipality(word: str) -> str:
    """Name the municipality that a word is, or nothing."""
    for ending in _MUNICIPALITY_ENDS:
        word = word.removesuffix(ending)
    return word if word in _MUNICIPALITIES else ""


def _is_province(word: str) -> bool:
    return word.endswith(_PROVINCE_ENDS) or word in _PROVINCES


def city_key(city: str) -> str:
    """Give what two ways to write a city have in common: 成都市 and 成都 are one city."""
    name = "".join(_BETWEEN.split(city)).casefold()
    return _municipality(name) or _KIND_OF_CITY.sub("", name)
