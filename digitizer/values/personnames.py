"""A person's name taken apart, and which given names may be one person's.

For comparing only; what stands in the records is never changed. A nickname is
listed with every name it may stand for, in English and French, so that two
names agree where they have a person's possible name in common.
"""

import re
from dataclasses import dataclass
from functools import cache

from digitizer.validity import fold

_TITLES = frozenset("mr mrs ms miss mx dr prof rev m mme mlle me sr soeur fr pere".split())
# Ends of a name that tell generations apart, by what they mean. "sr" is one
# only at a name's end: at its beginning it is a nun.
_GENERATIONS = {
    "jr": "2", "junior": "2", "fils": "2", "ii": "2", "2nd": "2", "iii": "3", "3rd": "3",
    "iv": "4", "sr": "1", "senior": "1", "pere": "1",
}  # fmt: skip
_PARTICLES = frozenset(
    "de du des la le da di dos del van von der den ter el al st ste mc mac".split()
)

# A full name, then what it is shortened to; semicolons part them.
_NICKNAMES = """
abigail abby gail; albert al bert bertie; alexander alex alec sandy xander; alexandra alex
alexandre alex; alfred al fred alf; allan allen al alan; amanda mandy; andrew andy drew
andre andy; anthony tony; antoine tony; antonio tony; arthur art artie; barbara barb babs
benjamin ben benny; benoit ben; bernard bernie; bradley brad; bridget biddy; calvin cal
cameron cam; caroline carrie; catherine cathy kate katie cath cate
katherine kathy kate katie kath kat kay; kathleen kathy kate; charles charlie chuck chas
charlotte charlie lottie; christina chris tina chrissy; christine chris tina chrissy
christopher chris kit topher; claudette claude; clifford cliff; constance connie; cynthia cindy
daniel dan danny; danielle dani; david dave davy davey; deborah deb debbie debra; dennis denny
dominique dom; donald don donnie; dorothy dot dottie dolly; douglas doug; edward ed eddie ted ned
edouard ed eddie; edmund ed ted; eleanor ellie nell nora
elizabeth liz beth betty eliza lisa libby lizzie bess betsy; elisabeth liz beth lise
emily em emmy; emmanuel manu manny; eugene gene; evelyn evie; frances fran frannie; francis frank
francois frank; franklin frank; frederick fred freddie rick; frederic fred; gabriel gabe gab
gabrielle gabby gab; genevieve gen ginny; geoffrey geoff jeff; george georgie; georgina gina
gerald gerry jerry; gerard gerry; gertrude gert trudy; gilbert gil bert; gordon gord gordie
gregory greg; gwendolyn gwen; harold harry hal; harriet hattie harry; heather heath
helen nell nellie; henry hank harry; herbert herb bert; hubert bert hugh; isabella bella izzy
isabelle isa bella; jacob jake; jacqueline jackie; jacques jack; james jim jimmy jamie jas
janet jan; jane janie; jason jay; jean-francois jf; jean-philippe jp; jean-pierre jp; jeffrey jeff
jennifer jen jenny jenn; jeremiah jerry; jeremy jerry; jessica jess jessie; joan joanie; joanne jo
joseph joe joey jos; josephine jo josie; joshua josh; judith judy jude; julia julie
juliette julie; karen kari; kenneth ken kenny; kimberly kim; laurence laurie larry
lawrence larry laurie; leonard len lenny leo; leslie les; lillian lil lily; louis lou louie
louise lou; lucas luke; madeleine maddy
margaret maggie meg peg peggy marge margie rita greta daisy; marguerite margot; marie-claude mc
marilyn mary; martin marty; martha marty; matthew matt matty; mathieu mat matt; maurice mo
maxime max; maximilian max; maxwell max; melanie mel; melissa mel lissa
michael mike mick mickey mikey; michel mike mitch; michelle shelly; mildred millie; mitchell mitch
mohammed mo mohamed muhammad mohammad moe; nancy nan; natalie nat; natasha tasha; nathan nate nat
nathaniel nate nat; nicholas nick nicky; nicolas nick nic; nicole nicky nikki; norman norm
olivier oli; oliver ollie oli; olivia liv livvy; oscar ozzie; pamela pam
patricia pat patty trish tricia; patrick pat paddy; penelope penny; peter pete; philip phil
phillip phil; philippe phil; phyllis phyl; priscilla cilla; rachel rae; raymond ray
rebecca becky becca; regis reg; reginald reg reggie; richard rick dick rich ricky richie
robert rob bob bobby robbie bert; roberta bobbie; rodney rod; roger rog; roland rollie
ronald ron ronnie; rosemary rose rosie; russell russ; samantha sam sammy; samuel sam sammy
sandra sandy; sarah sally sadie; sebastien seb; sharon shari; shirley shirl; sophia sophie
stanley stan; stephanie steph; stephane steph; stephen steve stevie; steven steve stevie
stuart stu; suzanne sue suzie; susan sue susie suzy; sylvia syl; sylvie syl; tabitha tabby
theodore ted teddy theo; theresa terry tess tessa; therese terry; thomas tom tommy
timothy tim timmy; valerie val; veronica ronnie vera; veronique vero; victor vic
victoria vicky tori; vincent vince vinny; virginia ginny ginger; walter walt wally
wilfred wilf fred; william bill will billy willie liam; guillaume will gui; winifred winnie fred
yvonne vonnie; zachary zach zack; zoe zo
"""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as compared: folded, without titles, hyphens and apostrophes.

    ``given`` may be an initial; ``generation`` is "1" for the elder, "2" for
    the younger, empty where nothing is said; ``words``: all of it in
    alphabetical order, for names written last name first; ``letters``: all of
    it as written and without spaces, which are the first thing to be misread.
    """

    given: str
    middle: str
    surname: str
    generation: str
    words: str
    letters: str

    @property
    def whole(self) -> bool:
        """Whether both names are there, neither as an initial only."""
        return len(self.given) > 1 and len(self.surname) > 1


NOBODY = PersonName("", "", "", "", "", "")


def parse_name(name: str) -> PersonName:
    """Take a name apart; the last word is the surname, unless a comma tells otherwise."""
    before, comma, after = name.partition(",")
    first, last = _words(before), _words(after)
    generation = ""
    for part in (first, last):
        while len(part) > (1 if part is first else 0) and part[-1] in _GENERATIONS:
            generation = _GENERATIONS[part.pop()]
    if comma and last:
        first, last = last, first
    words = [*first, *last] or [""]
    # "M Roy" has an initial, "M Jean Roy" is a gentleman.
    while len(words) > (2 if words[0] == "m" else 1) and words[0] in _TITLES:
        words.pop(0)
    if words == [""]:
        return NOBODY
    if len(words) == 1:
        return PersonName("", "", words[0], generation, words[0], words[0])
    start = len(words) - (len(last) or 1)
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    start = max(1, start)
    return PersonName(
        words[0],
        "".join(word[0] for word in words[1:start]),
        "".join(words[start:]),
        generation,
        " ".join(sorted(words)),
        "".join(words),
    )


def count_names(name: str) -> int:
    """How many words of a name are names: a title before it and "Jr" behind it are none."""
    words = _words(name)
    while words and words[0] in _TITLES - {"m", "me"}:
        words.pop(0)
    while words and words[-1] in _GENERATIONS:
        words.pop()
    return len(words)


# First letters of the marks that hands add behind a name, of which little else is read.
_MARK_LETTERS = ("j", "f")
_LONGEST_MARK = 4


def says_generation(one: str, other: str) -> bool:
    """Whether the letters of two names differ in what may be a Jr or fils at the end of one."""
    shorter, longer = sorted((one, other), key=len)
    mark = longer[len(shorter) :]
    if not shorter or not longer.startswith(shorter) or len(mark) > _LONGEST_MARK:
        return False
    return mark in _GENERATIONS or mark.startswith(_MARK_LETTERS)


def possible_names(given: str) -> tuple[str, ...]:
    """Names that ``given`` may be short for, itself among them."""
    return _possible().get(given, (given,)) if given else ()


def short_and_full_names() -> frozenset[str]:
    """The given names, folded and without hyphens, that have short forms, and these."""
    return frozenset(_possible())


@cache
def _possible() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for line in re.split(r"[;\n]", _NICKNAMES):
        names = [name.replace("-", "") for name in line.split()]
        for name in names:
            found.setdefault(name, {name}).add(names[0])
    return {name: tuple(sorted(full)) for name, full in found.items()}


_LETTERS = str.maketrans("0124568", "oizasgb")
# An initial and its dot with no space behind them, as in "J.Roy"; not "J.P. Roy".
_JOINED_INITIAL = re.compile(r"\b([^\W\d_]\.)(?=[^\W\d_]{2})")


def _words(text: str) -> list[str]:
    apart = _JOINED_INITIAL.sub(r"\1 ", text)
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’.`-]", "", fold(apart)))
    # A figure in a name is a letter misread, but for those that tell generations.
    return [word if word in _GENERATIONS else word.translate(_LETTERS) for word in words]


# Letters and figures that this reader takes for each other in capitals and in
# small letters: field_facts lists them, and readings of the calibrate split of
# real ink (names of 257 rows) showed h:m, u:v, n:w, k:r, c:e, i:t, l:t, a:o.
_LOOKS = str.maketrans(
    {
        **dict.fromkeys("hmw", "n"), **dict.fromkeys("vy", "u"), **dict.fromkeys("oq0", "a"),
        **dict.fromkeys("cgf", "e"), **dict.fromkeys("ltj17", "i"), "k": "r", "8": "b", "6": "b",
        "5": "s", "2": "z", "9": "4", "3": "5",
    }
)  # fmt: skip


def shape(letters: str) -> str:
    """The letters as they look: those that are read for one another are one."""
    return letters.replace("rn", "m").replace("cl", "d").translate(_LOOKS)


# Letters that hands and readers take for each other get one code, as do those
# that sound alike, so that a block survives one slip; vowels are dropped.
_SOUNDS = str.maketrans(
    {
        **dict.fromkeys("bfpvw", "b"), **dict.fromkeys("cgjkqsxz", "c"), **dict.fromkeys("dt", "d"),
        **dict.fromkeys("lr", "l"), **dict.fromkeys("mnuh", "n"), **dict.fromkeys("aeioy", ""),
    }
)  # fmt: skip
SOUND_LETTERS = 3


def sound(surname: str) -> str:
    """A short code that alike-sounding, alike-looking surnames share."""
    looks = surname.replace("rn", "m").replace("cl", "d")
    code = re.sub(r"(.)\1+", r"\1", looks.translate(_SOUNDS))
    return code[:SOUND_LETTERS] or surname[:1]
