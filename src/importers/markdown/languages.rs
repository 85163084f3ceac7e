//! Language tags, from the ends of file names and from the language detector's codes.
//!
//! It never detects a language itself.

/// The language that the end of a file name stands for: `post.fr.md`.
pub(super) fn suffix(end: &str) -> Option<&'static str> {
    SUFFIXES.iter().copied().find(|known| *known == end)
}

/// The BCP 47 tag of a three-letter language code.
pub(super) fn two_letters(three: &str) -> Option<&'static str> {
    THREE_LETTERS
        .iter()
        .find(|(long, _)| *long == three)
        .map(|(_, short)| *short)
}

/// Languages that a file name may end with before its extension.
const SUFFIXES: &[&str] = &[
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "no", "pl", "pt", "ro", "ru", "sk",
    "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
];

const THREE_LETTERS: &[(&str, &str)] = &[
    ("eng", "en"),
    ("fra", "fr"),
    ("deu", "de"),
    ("spa", "es"),
    ("ita", "it"),
    ("por", "pt"),
    ("nld", "nl"),
    ("rus", "ru"),
    ("cmn", "zh"),
    ("jpn", "ja"),
    ("kor", "ko"),
    ("ara", "ar"),
    ("pol", "pl"),
    ("swe", "sv"),
    ("dan", "da"),
    ("nob", "nb"),
    ("fin", "fi"),
    ("ces", "cs"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("ell", "el"),
    ("heb", "he"),
    ("hin", "hi"),
    ("ind", "id"),
    ("vie", "vi"),
    ("ron", "ro"),
    ("hun", "hu"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("hrv", "hr"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("srp", "sr"),
    ("est", "et"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("pes", "fa"),
    ("ben", "bn"),
    ("tha", "th"),
    ("urd", "ur"),
    ("tam", "ta"),
    ("tel", "te"),
    ("mar", "mr"),
    ("afr", "af"),
    ("lat", "la"),
    ("epo", "eo"),
    ("bel", "be"),
    ("kat", "ka"),
    ("hye", "hy"),
    ("aze", "az"),
    ("uzb", "uz"),
    ("tgl", "tl"),
    ("mkd", "mk"),
];
