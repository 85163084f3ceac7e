//! Knows the words that say what somebody is, and those that look like names and are none.
//!
//! Pure data with look-ups; it never reads a text.

use super::words::{self, Table};

static TITLES: Table = Table::new(|| {
    words::table(
        "president, premier, prime, minister, chancellor, secretary, senator, sen., rep., \
     representative, congressman, congresswoman, gov., governor, mayor, dr, dr., mr, mr., \
     mrs, mrs., ms, ms., miss, sir, lord, lady, dame, judge, justice, general, gen., \
     colonel, col., captain, capt., lieutenant, lt., sergeant, sgt., major, admiral, \
     commander, chief, executive, officer, ceo, cfo, director, chairman, chairwoman, \
     chair, professor, prof, prof., pope, cardinal, bishop, archbishop, father, rev., \
     reverend, rabbi, imam, king, queen, prince, princess, leader, attorney, \
     attorney-general, commissioner, ambassador, envoy, spokesman, spokeswoman, \
     spokesperson, foreign, deputy, vice, vice-president, herr, frau, señor, señora, \
     monsieur, madame, mme, bundeskanzler, bundeskanzlerin, präsident, präsidentin, \
     ministerpräsident, außenminister, außenministerin, presidente, presidenta, ministro, \
     ministra, président, présidente, ministre, former, ex-president, skipper, coach, \
     manager, inspector, superintendent, detective, constable, sheriff, councillor, cllr, \
     mp, economist, analyst, editor, author, founder, co-founder, defence, defense, \
     interior, finance, opposition, security, press, police, harbourmaster, harbormaster, \
     kanzler, kanzlerin, sprecher, sprecherin, bürgermeister, bürgermeisterin, alcalde, \
     alcaldesa, maire",
    )
});

static ROLES: Table = Table::new(|| {
    words::table(
        "politician, diplomat, official, expert, lawyer, scientist, researcher, activist, \
     farmer, fisherman, engineer, teacher, student, player, striker, actor, actress, \
     singer, writer, journalist, columnist, historian, candidate, owner, head, member, \
     adviser, advisor, aide, investor, strategist, critic, priest, doctor, nurse, \
     resident, neighbour, neighbor, witness, captain, boss, billionaire, entrepreneur, \
     lawmaker, legislator, campaigner, biologist, physicist, chemist, geologist, \
     ecologist, climatologist, psychologist, sociologist, politologe, expertin, experte, \
     forscher, forscherin, widow, wife, husband, son, daughter, brother, sister, mother, \
     libertarian, reporter, producer, trader, treasurer, principal, pilot, sailor",
    )
});

static FIRST_NAMES: Table = Table::new(|| {
    words::table(
        "aaron, adam, ahmed, alan, albert, alex, alexander, alice, ali, amy, ana, andrea, \
     andrew, angela, ann, anna, anne, anthony, antonio, barbara, ben, benjamin, bill, bob, \
     boris, brian, bruce, carl, carlos, carol, caroline, catherine, charles, charlotte, \
     chris, christian, christine, christopher, claire, claudia, daniel, david, deborah, \
     dennis, diana, diego, donald, dorothy, edward, elena, elizabeth, emily, emma, eric, \
     eva, fatima, fernando, francis, francisco, françois, frank, fred, gary, george, \
     giovanni, graham, grace, greg, hannah, hans, harry, hassan, heather, helen, henry, \
     ian, ibrahim, ivan, jack, jacob, james, jan, jane, janet, jason, jean, jeff, \
     jennifer, jessica, jim, joan, joe, john, jonathan, jorge, jose, josé, joseph, josh, \
     juan, judith, julia, julie, karen, karl, kate, katherine, keith, kelly, kenneth, \
     kevin, klaus, larry, laura, lee, leo, linda, lisa, louis, lucy, luis, luke, margaret, \
     maria, maría, marie, mark, martin, mary, matt, matthew, michael, michel, miguel, \
     mike, mohamed, mohammed, muhammad, nancy, nicholas, nicole, nigel, oliver, olivia, \
     olga, oscar, patricia, patrick, paul, paula, pedro, peter, philip, pierre, rachel, \
     ralph, raymond, rebecca, richard, robert, roger, ronald, rosa, rose, ruth, ryan, sam, \
     samuel, sandra, sara, sarah, scott, sean, sergei, sergey, simon, sofia, sophie, \
     stefan, stephen, steve, steven, stuart, susan, thomas, tim, timothy, tom, tony, \
     ursula, victor, victoria, vladimir, walter, william, wolfgang, yusuf",
    )
});

/// Words that begin a sentence with a capital and are no part of a name.
static OPENERS: Table = Table::new(|| {
    words::table(
        "a, an, the, in, on, at, as, and, but, or, if, when, while, with, for, from, to, of, \
     by, after, before, since, until, during, despite, although, though, because, however, \
     meanwhile, recently, this, that, these, those, it, he, she, they, we, i, you, his, \
     her, their, our, my, its, there, here, what, who, why, how, where, not, no, yes, so, \
     then, now, also, even, last, next, some, many, most, all, both, one, two, according, \
     like, under, over, about, than, der, die, das, ein, eine, dem, den, des, im, am, bei, \
     nach, mit, und, aber, wie, laut, auch, el, los, las, un, una, en, según, pero, le, \
     les, une, dans, selon, mais, il, elle, au, aux, o, os, as, um, uma",
    )
});

static CALENDAR: Table = Table::new(|| {
    words::table(
        "monday, tuesday, wednesday, thursday, friday, saturday, sunday, january, february, \
     march, april, may, june, july, august, september, october, november, december, \
     christmas, easter, montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonntag",
    )
});

/// Whether the word is the name of a day of the week; months are also names of people.
#[must_use]
pub fn is_weekday(word: &str) -> bool {
    let lower = word.to_lowercase();
    is_calendar(word) && (lower.ends_with("day") || lower.ends_with("tag") || lower == "mittwoch")
}

/// Whether the word is the name of a day or month.
#[must_use]
pub fn is_calendar(word: &str) -> bool {
    CALENDAR.contains(word.to_lowercase().as_str())
}

/// Whether the word stands in front of names as a title.
#[must_use]
pub fn is_title(word: &str) -> bool {
    const GERMAN: &[&str] = &[
        "minister",
        "ministerin",
        "präsident",
        "präsidentin",
        "sprecher",
        "sprecherin",
        "kapitän",
        "kapitänin",
        "chef",
        "chefin",
        "leiter",
        "leiterin",
        "vorsitzender",
        "vorsitzende",
        "meister",
        "meisterin",
        "direktor",
        "direktorin",
        "experte",
        "expertin",
        "forscher",
        "forscherin",
        "kanzler",
        "kanzlerin",
        "politiker",
        "politikerin",
        "trainer",
    ];
    let lower = word.to_lowercase();
    TITLES.contains(lower.as_str()) || GERMAN.iter().any(|ending| lower.ends_with(ending))
}

/// The full form of a title's abbreviation.
#[must_use]
pub fn in_full(title: &str) -> Option<&'static str> {
    Some(match title {
        "gov." => "governor",
        "sen." => "senator",
        "rep." => "representative",
        "gen." => "general",
        "col." => "colonel",
        "capt." => "captain",
        "sgt." => "sergeant",
        "lt." => "lieutenant",
        "prof." | "prof" => "professor",
        "dr." | "dr" => "doctor",
        "rev." => "reverend",
        _ => return None,
    })
}

/// Whether the word says what somebody is.
#[must_use]
pub fn is_role(word: &str) -> bool {
    let word = word.to_lowercase();
    TITLES.contains(word.as_str()) || ROLES.contains(word.as_str())
}

/// Whether the first word is a common first name.
#[must_use]
pub fn has_first_name(name: &str) -> bool {
    name.split_whitespace()
        .next()
        .is_some_and(|first| FIRST_NAMES.contains(first.to_lowercase().as_str()))
}

/// Whether the word begins sentences and is no part of a name.
#[must_use]
pub fn is_opener(word: &str) -> bool {
    OPENERS.contains(word.to_lowercase().as_str())
}

/// Whether the word may stand inside a name: "de", "van".
#[must_use]
pub fn is_particle(word: &str) -> bool {
    [
        "de", "del", "della", "di", "da", "dos", "du", "van", "von", "der", "den", "bin", "ibn",
        "al", "el", "la", "le", "zu",
    ]
    .contains(&word)
}

/// Whether the word may stand between two words of one name. "der" and "la" join names only after another such word:
/// "von der Leyen", but "sagte Holm der Zeitung".
#[must_use]
pub fn joins_names(word: &str) -> bool {
    is_particle(word) && !matches!(word, "der" | "den" | "la" | "le")
}
