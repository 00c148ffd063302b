//! A judge from outside: any text classifier, an ONNX one say, in the place of the linear model.

use super::stance::CLASSES;

/// A text classifier. What it cannot judge is judged by the model and the lexicon that ship with Wick.
pub trait Classifier: Send + Sync {
    /// The name and version of the method, as a sentiment carries it.
    fn method(&self) -> &str;

    /// The probabilities of negative, neutral and positive, of each text, in the order of the texts. They should
    /// add up to one; what does not within a hundredth counts as not judged.
    ///
    /// # Errors
    /// Where none could be judged: the cause and the cure.
    fn classify(&self, texts: &[String]) -> Result<Vec<[f64; CLASSES]>, Failure>;
}

/// Why a classifier judged nothing.
#[derive(Debug, thiserror::Error)]
#[error("the classifier {method} judged nothing: {reason}")]
pub struct Failure {
    /// The classifier.
    pub method: String,
    /// The cause and the cure.
    pub reason: String,
}

/// Whether these can be probabilities.
pub(super) fn sound(probabilities: &[f64; CLASSES]) -> bool {
    let sum: f64 = probabilities.iter().sum();
    probabilities.iter().all(|probability| (0.0..=1.01).contains(probability)) && (sum - 1.0).abs() < 0.01
}
