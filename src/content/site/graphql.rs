//! The site as clients see it.

use async_graphql::{Error, Object};

use super::{SiteDocument, entity};
use crate::{
    content::{author::graphql::LinkObject, reading::Reading},
    graphql::errors::fault,
};

/// The publication that this API belongs to.
pub struct Site(pub SiteDocument);

/// The publication that this API belongs to.
#[Object(cache_control(max_age = 3600))]
impl Site {
    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where readers find it.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// The language it mostly writes in, as a BCP 47 tag.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// What it is, in a sentence or two.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The copyright line of articles that state none.
    async fn copyright(&self) -> Option<&str> {
        self.0.copyright.as_deref()
    }

    /// Caveats that apply to everything published.
    async fn disclaimers(&self) -> &[String] {
        &self.0.disclaimers
    }

    /// Where its rules are published: corrections, ethics, use by machines.
    async fn policies(&self) -> Vec<LinkObject> {
        self.0
            .policies
            .iter()
            .cloned()
            .map(LinkObject::from)
            .collect()
    }
}

/// The site, or an unnamed one while nobody has described it.
///
/// # Errors
/// When the database fails.
pub async fn site(reading: &Reading) -> Result<Site, Error> {
    reading.note(|seen| seen.site = true);
    Ok(Site(document(reading).await?))
}

async fn document(reading: &Reading) -> Result<SiteDocument, Error> {
    let found: Option<entity::Model> = reading
        .db
        .one(&super::select())
        .await
        .map_err(|error| fault(&error))?;
    Ok(found.map(SiteDocument::from).unwrap_or_default())
}

/// The language the site mostly writes in.
///
/// # Errors
/// When the database fails.
pub async fn language(reading: &Reading) -> Result<String, Error> {
    let language = document(reading).await?.language;
    reading.note(|seen| seen.site_language = Some(language.clone()));
    Ok(language)
}
