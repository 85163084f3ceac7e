//! Recognises the names of agencies, outlets and other organisations among capitalised words.
//!
//! The table only helps where the sentence itself does not say that a name is an outlet. It never invents a name: what
//! is returned to callers is always what the page printed.

use super::words::{self, Table};

/// Agencies, which are credited for whole items.
static AGENCIES: Table = Table::new(|| {
    words::table(
        "AAP, AFP, AP, APA, ANSA, ANI, Agence France-Presse, Anadolu, Anadolu Agency, \
     Associated Press, Australian Associated Press, Bloomberg, Bloomberg News, \
     Canadian Press, DPA, dpa, EFE, IANS, Interfax, Kyodo, Kyodo News, PA, PA Media, \
     Press Association, Press Trust of India, PTI, Reuter, Reuters, RIA Novosti, SID, \
     Tass, TASS, UPI, Xinhua, Yonhap",
    )
});

/// Outlets that are often named without a word that marks them as one.
static OUTLETS: Table = Table::new(|| {
    words::table(
        "ABC, Al Arabiya, Al Jazeera, ARD, Axios, BBC, Bild, Billboard, Breitbart, BuzzFeed, \
     CBC, CBS, Channel 4, Clarín, CNBC, CNN, Corriere della Sera, Der Spiegel, \
     Deutsche Welle, Die Welt, Die Zeit, Economist, El Mundo, El País, ESPN, Euronews, \
     FAZ, Forbes, France 24, Frankfurter Allgemeine Zeitung, Guardian, Haaretz, HuffPost, \
     Hürriyet, Independent, ITV, Kommersant, La Nación, La Repubblica, Le Figaro, \
     Le Monde, Libération, Mashable, MSNBC, NBC, Newsweek, New Yorker, NHK, NPR, ORF, PBS, \
     Politico, ProPublica, RTÉ, RT, Semafor, Sky, Slate, Spiegel, Spiegel Online, Sputnik, \
     SRF, Süddeutsche Zeitung, Techcrunch, TechCrunch, Telegraph, The Atlantic, The Verge, \
     TIME, Vox, Wired, ZDF",
    )
});

/// A last or first word that makes a capitalised name an outlet.
static OUTLET_WORDS: Table = Table::new(|| {
    words::table(
        "news, times, post, herald, journal, tribune, gazette, telegraph, chronicle, courier, \
     examiner, observer, inquirer, dispatch, bulletin, mail, mirror, star, standard, \
     globe, sentinel, advertiser, argus, echo, review, monitor, press, radio, tv, \
     television, broadcasting, magazine, media, today, daily, weekly, newspaper, zeitung, \
     tagblatt, tageblatt, rundschau, nachrichten, diario, jornal, folha, gazeta, giornale, \
     podcast, wire",
    )
});

/// A first word that makes a capitalised name an outlet.
static LEADING_WORDS: Table =
    Table::new(|| words::table("radio, tv, daily, diario, jornal, folha, gazeta, giornale"));

/// A word that makes a capitalised name an organisation, a place or a work, and so not a person.
static ORGANISATION_WORDS: Table = Table::new(|| {
    words::table(
        "academy, administration, affairs, airlines, airport, alliance, army, assembly, \
     associates, association, authority, bank, bay, board, brigade, bridge, bureau, \
     business, cabinet, centre, center, central, chamber, charity, church, city, club, \
     coalition, coast, college, commission, committee, commons, communist, community, \
     company, confederation, congress, constitution, corp, corporation, council, county, \
     court, cup, day, democratic, department, district, division, docks, east, economy, \
     embassy, federation, finance, fleet, force, forces, forum, foundation, front, fund, \
     government, group, guard, harbour, harbor, holdings, hospital, house, inc, \
     industries, initiative, insight, institute, institution, international, island, \
     islands, laboratory, labour, lake, law, league, limited, llc, lords, ltd, market, \
     ministry, mosque, movement, museum, nations, national, navy, network, north, \
     northern, ocean, office, official, olympics, organisation, organization, palace, \
     park, parliament, partners, party, people's, people’s, plc, police, port, programme, \
     program, project, province, register, regulator, report, republic, republicans, \
     research, river, road, school, sea, senate, service, services, society, south, \
     southern, square, state, states, statistics, street, studies, summit, survey, team, \
     tourism, trade, treasury, treaty, tribunal, trust, union, united, university, valley, \
     war, watch, week, west, western, workers, world, year, ministerium, universität, \
     gesellschaft, verband, bundesamt, amt, institut, partei, gmbh, universidad, \
     ministerio, instituto, partido, asociación, comisión, sociedad, université, \
     ministère, parti, conseil",
    )
});

/// Whether the name is an agency, which is credited for items of its own.
#[must_use]
pub fn is_agency(name: &str) -> bool {
    let name = without_article(name);
    AGENCIES
        .iter()
        .any(|agency| *agency == name || agency.eq_ignore_ascii_case(name) && name.len() > 4)
}

/// Whether the name is that of an outlet or an agency, by the table or by its own words.
#[must_use]
pub fn is_outlet(name: &str) -> bool {
    let bare = without_article(name);
    if is_agency(bare) || OUTLETS.contains(bare) || OUTLETS.contains(name) || is_site(bare) {
        return true;
    }
    let words: Vec<String> = bare.split_whitespace().map(str::to_lowercase).collect();
    let last = words
        .last()
        .is_some_and(|word| OUTLET_WORDS.contains(word.as_str()));
    let first = words
        .first()
        .is_some_and(|word| LEADING_WORDS.contains(word.as_str()));
    words.len() > 1
        && (last || first || bare.ends_with("News Agency") || bare.starts_with("Journal of "))
}

/// Whether a word of the name shows that it is no person.
#[must_use]
pub fn has_organisation_word(name: &str) -> bool {
    name.split_whitespace().any(|word| {
        let word = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        let word = word
            .strip_suffix("'s")
            .or_else(|| word.strip_suffix("’s"))
            .unwrap_or(&word);
        ORGANISATION_WORDS.contains(word)
    })
}

/// Whether the name is written as the address of a site: `SourceName.com`.
#[must_use]
pub fn is_site(name: &str) -> bool {
    let Some((front, ending)) = name.rsplit_once('.') else {
        return false;
    };
    !front.is_empty()
        && !name.contains(char::is_whitespace)
        && (2..=6).contains(&ending.len())
        && ending.chars().all(|c| c.is_ascii_lowercase())
        && front
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// The name without a leading article.
#[must_use]
pub fn without_article(name: &str) -> &str {
    ["the ", "The ", "THE "]
        .iter()
        .find_map(|article| name.strip_prefix(article))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlet_is_known_by_the_table_by_its_words_or_by_its_address() {
        for name in [
            "Reuters",
            "the BBC",
            "Harbour Gazette",
            "Daily Kestrel",
            "kestrel.news",
            "the Wall Street Journal",
        ] {
            assert!(is_outlet(name), "{name}");
        }
        for name in ["John Smith", "World Bank", "Mr. Smith", "Post", "U.S"] {
            assert!(!is_outlet(name), "{name}");
        }
    }
}
