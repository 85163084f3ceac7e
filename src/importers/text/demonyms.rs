//! Which country a demonym or a country's name stands for, to match "the Chinese diplomat" with a person.
//!
//! Pure data; it never decides who somebody is.

/// Country, then the words that point to it.
const COUNTRIES: &[(&str, &[&str])] = &[
    ("Afghanistan", &["afghan"]),
    ("Algeria", &["algerian"]),
    ("Argentina", &["argentine", "argentinian", "argentinean"]),
    ("Armenia", &["armenian"]),
    ("Australia", &["australian"]),
    (
        "Austria",
        &["austrian", "österreichische", "österreichischer"],
    ),
    ("Azerbaijan", &["azerbaijani"]),
    ("Bangladesh", &["bangladeshi"]),
    ("Belarus", &["belarusian"]),
    ("Belgium", &["belgian"]),
    ("Brazil", &["brazilian"]),
    (
        "Britain",
        &["british", "uk", "kingdom", "english", "england"],
    ),
    ("Bulgaria", &["bulgarian"]),
    ("Canada", &["canadian"]),
    ("Chile", &["chilean"]),
    ("China", &["chinese", "beijing"]),
    ("Colombia", &["colombian"]),
    ("Croatia", &["croatian"]),
    ("Cuba", &["cuban"]),
    ("Cyprus", &["cypriot"]),
    ("Czechia", &["czech"]),
    ("Denmark", &["danish"]),
    ("Egypt", &["egyptian"]),
    ("Estonia", &["estonian"]),
    ("Ethiopia", &["ethiopian"]),
    ("Finland", &["finnish"]),
    (
        "France",
        &[
            "french",
            "français",
            "française",
            "französische",
            "französischer",
        ],
    ),
    ("Georgia", &["georgian"]),
    (
        "Germany",
        &["german", "deutsche", "deutscher", "allemand", "allemande"],
    ),
    ("Ghana", &["ghanaian"]),
    ("Greece", &["greek"]),
    ("Hungary", &["hungarian"]),
    ("Iceland", &["icelandic"]),
    ("India", &["indian"]),
    ("Indonesia", &["indonesian"]),
    ("Iran", &["iranian"]),
    ("Iraq", &["iraqi"]),
    ("Ireland", &["irish"]),
    ("Israel", &["israeli"]),
    ("Italy", &["italian"]),
    ("Japan", &["japanese"]),
    ("Jordan", &["jordanian"]),
    ("Kazakhstan", &["kazakh"]),
    ("Kenya", &["kenyan"]),
    ("Korea", &["korean"]),
    ("Kosovo", &["kosovar"]),
    ("Latvia", &["latvian"]),
    ("Lebanon", &["lebanese"]),
    ("Libya", &["libyan"]),
    ("Lithuania", &["lithuanian"]),
    ("Malaysia", &["malaysian"]),
    ("Mexico", &["mexican"]),
    ("Moldova", &["moldovan"]),
    ("Morocco", &["moroccan"]),
    ("Myanmar", &["burmese"]),
    ("Nepal", &["nepalese", "nepali"]),
    ("Netherlands", &["dutch"]),
    ("Nigeria", &["nigerian"]),
    ("Norway", &["norwegian"]),
    ("Pakistan", &["pakistani"]),
    ("Palestine", &["palestinian"]),
    ("Peru", &["peruvian"]),
    ("Philippines", &["filipino", "philippine"]),
    ("Poland", &["polish"]),
    ("Portugal", &["portuguese"]),
    ("Qatar", &["qatari"]),
    ("Romania", &["romanian"]),
    (
        "Russia",
        &["russian", "kremlin", "russische", "russischer", "russe"],
    ),
    ("Rwanda", &["rwandan"]),
    ("Saudi Arabia", &["saudi"]),
    ("Scotland", &["scottish"]),
    ("Senegal", &["senegalese"]),
    ("Serbia", &["serbian"]),
    ("Singapore", &["singaporean"]),
    ("Slovakia", &["slovak"]),
    ("Slovenia", &["slovenian"]),
    ("Somalia", &["somali"]),
    ("South Africa", &["african"]),
    ("Spain", &["spanish", "español", "española"]),
    ("Sudan", &["sudanese"]),
    ("Sweden", &["swedish"]),
    ("Switzerland", &["swiss"]),
    ("Syria", &["syrian"]),
    ("Taiwan", &["taiwanese"]),
    ("Thailand", &["thai"]),
    ("Tunisia", &["tunisian"]),
    ("Turkey", &["turkish"]),
    ("Uganda", &["ugandan"]),
    ("Ukraine", &["ukrainian"]),
    ("United States", &["american", "us", "u.s", "u.s."]),
    ("Venezuela", &["venezuelan"]),
    ("Vietnam", &["vietnamese"]),
    ("Wales", &["welsh"]),
    ("Yemen", &["yemeni"]),
    ("Zambia", &["zambian"]),
    ("Zimbabwe", &["zimbabwean"]),
];

/// The country that a word names or belongs to.
#[must_use]
pub fn country_of(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    COUNTRIES
        .iter()
        .find(|(country, words)| words.contains(&word.as_str()) || country.to_lowercase() == word)
        .map(|(country, _)| *country)
}

/// Whether a word is a demonym, which may stand before a title: `Russian` President.
#[must_use]
pub fn is_demonym(word: &str) -> bool {
    let word = word.to_lowercase();
    COUNTRIES
        .iter()
        .any(|(_, words)| words.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demonym_and_the_name_of_its_country_point_to_one_country() {
        assert_eq!(country_of("Norwegian"), country_of("Norway"));
        assert!(is_demonym("Norwegian"));
        assert!(!is_demonym("Norway"));
        assert_eq!(country_of("harbour"), None);
    }
}
