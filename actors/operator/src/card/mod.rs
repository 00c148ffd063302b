//! Model cards: what a model is, what it was learnt from, how good it is and what it is not for, in words for people.

mod content;
mod html;
mod markdown;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::error::{Error, Result};
use crate::page::Page;
use crate::place::Place;
use crate::{registry, scoreboard, words};

pub use content::Card;

/// `wick models card`.
#[derive(Args, Clone, Debug)]
pub struct CardArgs {
    /// The model's hash, or enough of its beginning.
    #[arg(value_parser = words::read_beginning)]
    pub hash: String,
    /// Into this file: a page where its name ends with .html, else Markdown [default: Markdown to the terminal].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Writes the card of a model.
///
/// # Errors
/// [`Error::NotFound`] where there is no such model; where the file cannot be written.
pub async fn card(place: &Place, args: &CardArgs, page: &mut Page<'_>) -> Result<()> {
    let house = &place.house;
    let model = registry::find(house, &args.hash).await?;
    let served = registry::deployments(house).await?;
    let artifact = wick_bus::registry::load(house, &model.hash);
    let scores = scoreboard::scores_of(house, &model.hash).await?;
    let card = Card::of(house.instrument(), &model, &served, artifact.as_ref().map_err(ToString::to_string), scores);
    let Some(out) = &args.out else {
        if page.json {
            return page.document(&card);
        }
        return page.line(markdown::write(&card).trim_end());
    };
    let is_page = out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html"));
    write(out, if is_page { html::write(&card) } else { markdown::write(&card) })?;
    if page.json {
        return page.document(&json!({ "file": out, "model": model.hash }));
    }
    page.line(&format!("the card of {} is in {}", words::short(&model.hash), out.display()))
}

fn write(path: &Path, text: String) -> Result<()> {
    std::fs::write(path, text).map_err(|source| Error::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
