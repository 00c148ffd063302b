//! Any ONNX text classifier by path, on the GPU where ONNX Runtime finds one, else on the CPU.
//!
//! A model is a folder as `optimum-cli export onnx` leaves it: `model.onnx`, `tokenizer.json`, and `config.json`, whose
//! `id2label` says what the classes mean. ONNX Runtime is a shared library that is not shipped with Wick.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::ep;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use serde::Deserialize;
use tokenizers::{PaddingParams, Tokenizer, TruncationParams};

use super::classifier::{Classifier, Failure};
use super::stance::CLASSES;

/// `[validator.sentiment]`: a classifier in the place of the model that ships with Wick.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnnxConfig {
    /// The model's folder, or its `.onnx` file beside the rest; empty: none.
    pub model: PathBuf,
    /// ONNX Runtime's library; empty: as `ORT_DYLIB_PATH` says, or where the system finds `libonnxruntime.so`.
    pub library: PathBuf,
    /// Texts that are judged at once, at most.
    pub batch: usize,
    /// Tokens of a text that are looked at, at most.
    pub tokens: usize,
    /// Threads on the CPU; 0: as many as there are cores.
    pub threads: usize,
}

/// A text classifier in ONNX.
pub struct Onnx {
    session: Mutex<Session>,
    tokenizer: Tokenizer,
    /// The class that each of the model's outputs means.
    classes: Vec<usize>,
    method: String,
    batch: usize,
}

impl Onnx {
    /// Loads a model.
    ///
    /// # Errors
    /// Where the library, the model or its tokenizer cannot be read, or its classes are not negative, neutral and
    /// positive: which, and what to do.
    pub fn open(config: &OnnxConfig) -> Result<Self, Failure> {
        let (folder, file) = place(&config.model);
        let failed = |reason: String| Failure { method: file.display().to_string(), reason };
        load(&config.library).map_err(failed)?;
        let bytes =
            std::fs::read(&file).map_err(|error| failed(format!("{error}: name a folder with a model.onnx")))?;
        let digest = blake3::hash(&bytes).to_hex();
        let name = folder.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned());
        let tokenizer = tokenizer(&folder.join("tokenizer.json"), config.tokens.max(1)).map_err(failed)?;
        let classes = classes(&folder.join("config.json")).map_err(failed)?;
        let session = session(&file, config.threads).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            session: Mutex::new(session),
            tokenizer,
            classes,
            method: format!("onnx-{name}-{}", &digest[..12]),
            batch: config.batch.max(1),
        })
    }

    fn judge(&self, texts: &[String]) -> Result<Vec<[f64; CLASSES]>, Failure> {
        let failed = |reason: String| Failure { method: self.method.clone(), reason };
        let encoded = self.tokenizer.encode_batch(texts.to_vec(), true).map_err(|error| failed(error.to_string()))?;
        let length = encoded.iter().map(tokenizers::Encoding::len).max().unwrap_or(0).max(1);
        let grid = |of: fn(&tokenizers::Encoding) -> &[u32]| {
            let row = |one| -> Vec<i64> {
                let mut row: Vec<i64> = of(one).iter().map(|&number| i64::from(number)).collect();
                row.resize(length, 0);
                row
            };
            Tensor::from_array(([texts.len(), length], encoded.iter().flat_map(row).collect::<Vec<i64>>()))
        };
        // Whoever panicked here left nothing half done.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<String> = session.inputs().iter().map(|input| input.name().to_owned()).collect();
        let mut inputs: Vec<(String, SessionInputValue<'_>)> = Vec::new();
        for name in names {
            let values = match name.as_str() {
                "attention_mask" => grid(|one| one.get_attention_mask()),
                "token_type_ids" => grid(|one| one.get_type_ids()),
                _ => grid(|one| one.get_ids()),
            };
            inputs.push((name, values.map_err(|error| failed(error.to_string()))?.into()));
        }
        let outputs = session.run(inputs).map_err(|error| failed(error.to_string()))?;
        let (shape, numbers) = outputs[0].try_extract_tensor::<f32>().map_err(|error| failed(error.to_string()))?;
        let wanted = [texts.len(), self.classes.len()];
        if shape.len() != 2 || shape.iter().zip(wanted).any(|(found, wanted)| usize::try_from(*found) != Ok(wanted)) {
            return Err(failed(format!("it answers in the shape {shape:?}, where {wanted:?} was expected")));
        }
        Ok(numbers.chunks(self.classes.len()).map(|row| self.probabilities(row)).collect())
    }

    /// The probabilities of our classes from a row of logits.
    fn probabilities(&self, logits: &[f32]) -> [f64; CLASSES] {
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weights: Vec<f64> = logits.iter().map(|logit| f64::from(logit - top).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let mut found = [0.0; CLASSES];
        for (class, weight) in self.classes.iter().zip(weights) {
            found[*class] += weight / sum;
        }
        found
    }
}

impl Classifier for Onnx {
    fn method(&self) -> &str {
        &self.method
    }

    fn classify(&self, texts: &[String]) -> Result<Vec<[f64; CLASSES]>, Failure> {
        let mut all = Vec::with_capacity(texts.len());
        for batch in texts.chunks(self.batch) {
            all.extend(self.judge(batch)?);
        }
        Ok(all)
    }
}

/// The folder and the file of a model.
fn place(model: &Path) -> (PathBuf, PathBuf) {
    if model.extension().is_some_and(|end| end == "onnx") {
        (model.parent().unwrap_or(Path::new(".")).to_owned(), model.to_owned())
    } else {
        (model.to_owned(), model.join("model.onnx"))
    }
}

/// Loads the library, once in a process.
fn load(library: &Path) -> Result<(), String> {
    static LOADED: OnceLock<Result<(), String>> = OnceLock::new();
    let named = if library.as_os_str().is_empty() {
        std::env::var_os("ORT_DYLIB_PATH").map_or_else(|| "libonnxruntime.so".into(), PathBuf::from)
    } else {
        library.to_owned()
    };
    let load = || {
        let environment = ort::init_from(&named).map_err(|error| {
            format!(
                "ONNX Runtime's library {} cannot be loaded ({error}): install it and name it in library",
                named.display()
            )
        })?;
        environment.commit();
        Ok(())
    };
    LOADED.get_or_init(load).clone()
}

fn session(file: &Path, threads: usize) -> ort::Result<Session> {
    let builder = Session::builder()?;
    // Where there is no GPU, or the library was built without, the CPU does it.
    let builder = builder.with_execution_providers([ep::CUDA::default().build()])?;
    let mut builder = if threads > 0 { builder.with_intra_threads(threads)? } else { builder };
    builder.commit_from_file(file)
}

fn tokenizer(file: &Path, tokens: usize) -> Result<Tokenizer, String> {
    let mut tokenizer = Tokenizer::from_file(file)
        .map_err(|error| format!("{}: {error}: a tokenizer in the format of Hugging Face is wanted", file.display()))?;
    let truncation = TruncationParams { max_length: tokens, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(|error| error.to_string())?;
    let padding = tokenizer.get_padding().cloned().unwrap_or_else(PaddingParams::default);
    tokenizer.with_padding(Some(padding));
    Ok(tokenizer)
}

/// What the outputs mean, from `id2label`; in our own order where there is none.
fn classes(file: &Path) -> Result<Vec<usize>, String> {
    #[derive(Deserialize)]
    struct Described {
        #[serde(default)]
        id2label: std::collections::BTreeMap<String, String>,
    }
    let Ok(text) = std::fs::read_to_string(file) else { return Ok((0..CLASSES).collect()) };
    let described: Described = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    if described.id2label.is_empty() {
        return Ok((0..CLASSES).collect());
    }
    let mut classes = vec![None; described.id2label.len()];
    for (id, label) in &described.id2label {
        let strange =
            || format!("{}: label {id} is '{label}': negative, neutral or positive is wanted", file.display());
        let class = class(label).ok_or_else(strange)?;
        let place = id.parse::<usize>().ok().and_then(|place| classes.get_mut(place)).ok_or_else(strange)?;
        *place = Some(class);
    }
    classes.into_iter().collect::<Option<Vec<usize>>>().ok_or_else(|| format!("{}: a label is missing", file.display()))
}

fn class(label: &str) -> Option<usize> {
    let label = label.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| label.starts_with(word));
    match () {
        () if begins(&["neg", "bear"]) => Some(0),
        () if begins(&["neu", "none"]) => Some(1),
        () if begins(&["pos", "bull"]) => Some(2),
        () => None,
    }
}
