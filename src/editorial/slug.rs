//! Slugs, and the keys by which names are found again.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest slug that is made from a text, in bytes.
const LONGEST: usize = 96;

/// The slug of a text: lower-case Latin letters and digits joined by hyphens, at most 96 bytes; `untitled` when nothing
/// of the text can be written so.
#[must_use]
pub fn slug_of(text: &str) -> String {
    let mut slug = slug::slugify(text);
    if slug.len() > LONGEST {
        let cut = slug[..LONGEST]
            .rfind('-')
            .filter(|end| *end > LONGEST / 2)
            .unwrap_or(LONGEST);
        slug.truncate(cut);
    }
    if slug.is_empty() {
        "untitled".to_owned()
    } else {
        slug
    }
}

/// The key by which a name is found again: case and blanks do not count, everything else does.
#[must_use]
pub fn name_key(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The key by which titles and names are put in order: letters and digits without case and marks, blanks between words.
#[must_use]
pub fn sort_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for character in text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        if character.is_alphanumeric() {
            key.push(character);
        } else if !key.is_empty() && !key.ends_with(' ') {
            key.push(' ');
        }
    }
    key.truncate(key.trim_end().len());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_short_plain_and_never_empty() {
        assert_eq!(slug_of("Hafen öffnet: “Endlich!”"), "hafen-offnet-endlich");
        assert_eq!(slug_of("—"), "untitled");
        assert!(slug_of(&"harbour ".repeat(60)).len() <= LONGEST);
    }

    #[test]
    fn names_are_the_same_whatever_their_case_and_blanks() {
        assert_eq!(name_key("  World  War III"), name_key("world war iii"));
        assert_ne!(name_key("C++"), name_key("C"));
    }

    #[test]
    fn titles_are_ordered_without_quotation_marks_and_accents() {
        assert_eq!(sort_key("“Élan” returns…"), "elan returns");
    }
}
