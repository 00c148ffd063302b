//! Who judges a text: a classifier from outside, the model, or the lexicon.

use wick_schemas::Sentiment;

use super::classifier::{Classifier, sound};
use super::features::Features;
use super::grammar::{Mood, mood};
use super::model::{self, Model};
use super::stance::{CLASSES, Stance};
use super::token::tokens;

/// The name and version of the lexicon as a method.
pub const LEXICON: &str = "wick-lexicon-1";

/// The share of familiar words below which the lexicon judges. Among training texts that the model had not seen it
/// was better than the lexicon in every band of shares above this. Below lie 51 of 9,543 texts, of other languages or
/// of names only, on which both did alike: there the method that can be read is the safer one.
pub const FAMILIAR: f64 = 0.4;

/// The lexicon's score beyond which a text is not neutral: of 0.05, 0.1, 0.2, 0.3 and 0.4 the best on the training
/// texts by macro-F1.
pub const BAND: f64 = 0.3;

/// How often the lexicon is right, by its score's size from 0.0, 0.3, 0.5, 0.7 and 0.85 on: shares of the training
/// texts.
const RIGHT: [(f64, f64); 5] = [(0.0, 0.86), (0.3, 0.37), (0.5, 0.51), (0.7, 0.70), (0.85, 0.85)];

/// How much a body counts beside a title. The model has learnt from headlines, and a lead often repeats its own.
const BODY: f64 = 0.25;

/// What judges texts.
pub struct Scorer {
    model: Option<Model>,
    classifier: Option<Box<dyn Classifier>>,
}

/// A judgement of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The class.
    pub stance: Stance,
    /// From -1 (bearish) to 1 (bullish).
    pub score: f64,
    /// How likely the class is right, from 0 to 1.
    pub confidence: f64,
    /// What judged.
    pub method: String,
}

impl Default for Scorer {
    /// The model and the lexicon that ship with Wick.
    fn default() -> Self {
        Self { model: Model::shipped(), classifier: None }
    }
}

impl Scorer {
    /// The lexicon alone.
    #[must_use]
    pub fn lexicon() -> Self {
        Self { model: None, classifier: None }
    }

    /// The same, but the classifier judges whatever it can.
    #[must_use]
    pub fn with_classifier(self, classifier: Box<dyn Classifier>) -> Self {
        Self { classifier: Some(classifier), ..self }
    }

    /// The sentiment of an article. Any strings will do; where there is nothing to judge by, it is neutral with no
    /// confidence.
    #[must_use]
    pub fn judge(&self, title: &str, body: &str) -> Sentiment {
        self.classified(&[(title, body)]).pop().flatten().unwrap_or_else(|| self.judge_here(title, body))
    }

    /// The sentiments of several articles, in their order, with one call of the classifier, if there is one.
    #[must_use]
    pub fn judge_all(&self, articles: &[(&str, &str)]) -> Vec<Sentiment> {
        let classified = self.classified(articles);
        let each = articles.iter().zip(classified);
        each.map(|(&(title, body), found)| found.unwrap_or_else(|| self.judge_here(title, body))).collect()
    }

    /// The judgement of one text by the model, or by the lexicon where the model knows too few words.
    #[must_use]
    pub fn weigh(&self, text: &str) -> Judgement {
        let text = tokens(text);
        let mood = mood(&text);
        match &self.model {
            Some(model) if model.familiar(&text).is_some_and(|share| share >= FAMILIAR) => {
                let probabilities = model.probabilities(model.sums(&Features::of(&text, &mood)), mood.score);
                judgement(model.stance(probabilities), probabilities, model::SHIPPED)
            }
            _ => by_lexicon(&mood),
        }
    }

    fn judge_here(&self, title: &str, body: &str) -> Sentiment {
        let headline = self.weigh(title);
        let lead = self.weigh(body);
        // What says nothing has no voice beside what does.
        let voices = [(&headline, 1.0), (&lead, BODY)].map(|(part, weight)| (part, weight * heard(part)));
        let sum: f64 = voices.iter().map(|(_, weight)| weight).sum();
        let mean = |number: fn(&Judgement) -> f64| {
            let parts: f64 = voices.iter().map(|(part, weight)| weight * number(part)).sum();
            if sum > 0.0 { parts / sum } else { 0.0 }
        };
        let (score, confidence) = (mean(|part| part.score), mean(|part| part.confidence));
        let method = if heard(&headline) > 0.0 { headline.method } else { lead.method };
        Sentiment { score: score.clamp(-1.0, 1.0), confidence: confidence.clamp(0.0, 1.0), method }
    }

    /// What the classifier makes of each article; nothing of those that it could not judge.
    fn classified(&self, articles: &[(&str, &str)]) -> Vec<Option<Sentiment>> {
        let none = || vec![None; articles.len()];
        let Some(classifier) = &self.classifier else { return none() };
        let texts: Vec<String> = articles.iter().map(|(title, body)| format!("{title}\n{body}")).collect();
        match classifier.classify(&texts) {
            Ok(found) if found.len() == articles.len() => {
                let method = classifier.method();
                let judged = texts.iter().zip(found).map(|(text, probabilities)| {
                    let can_be = sound(&probabilities) && !text.trim().is_empty();
                    can_be.then(|| judgement(Stance::largest(probabilities), probabilities, method).into())
                });
                judged.collect()
            }
            Ok(found) => {
                let (found, asked) = (found.len(), texts.len());
                tracing::warn!(
                    method = classifier.method(),
                    found,
                    asked,
                    "the classifier judged another number of texts"
                );
                none()
            }
            Err(failure) => {
                tracing::warn!(%failure, "judged without the classifier");
                none()
            }
        }
    }
}

impl From<Judgement> for Sentiment {
    fn from(Judgement { score, confidence, method, .. }: Judgement) -> Self {
        Self { score, confidence, method }
    }
}

fn heard(part: &Judgement) -> f64 {
    if part.confidence > 0.0 { 1.0 } else { 0.0 }
}

fn judgement(stance: Stance, probabilities: [f64; CLASSES], method: &str) -> Judgement {
    let [negative, _, positive] = probabilities;
    let score = (positive - negative).clamp(-1.0, 1.0);
    let confidence = probabilities[stance as usize].clamp(0.0, 1.0);
    Judgement { stance, score, confidence, method: method.to_owned() }
}

/// The class of a lexicon's score, if what lies within the band is neutral.
#[must_use]
pub fn beyond(score: f64, band: f64) -> Stance {
    match score {
        good if good > band => Stance::Positive,
        bad if bad < -band => Stance::Negative,
        _ => Stance::Neutral,
    }
}

fn by_lexicon(mood: &Mood) -> Judgement {
    let score = mood.score.clamp(-1.0, 1.0);
    let stance = beyond(score, BAND);
    let right = RIGHT.iter().rev().find(|(from, _)| score.abs() >= *from);
    // A text without a term is neutral for want of knowledge, not by judgement.
    let confidence = right.filter(|_| !mood.terms.is_empty()).map_or(0.0, |&(_, right)| right);
    Judgement { stance, score, confidence, method: LEXICON.to_owned() }
}

#[cfg(test)]
mod tests;
