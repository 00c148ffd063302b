//! A classifier in ONNX judges in the place of what ships: a small real model, run by the real library.

use std::path::{Path, PathBuf};
use std::process::Command;

use wick_validator::sentiment::onnx::{Onnx, OnnxConfig};
use wick_validator::sentiment::{Classifier, Scorer};

/// Writes a model that knows three words: "good" is bullish, "bad" bearish, "so" neither. Says where the library is.
const SCRIPT: &str = r#"
import glob, json, os, sys
import numpy, onnx, onnxruntime
from onnx import TensorProto as T, helper as h, numpy_helper as n
folder = sys.argv[1]
table = numpy.array([[0, 0, 0], [0, 0, 0], [-2, 0, 2], [2, 0, -2], [0, 1, 0]], dtype=numpy.float32)
ints = lambda name, *numbers: n.from_array(numpy.array(numbers), name)
graph = h.make_graph([
    h.make_node("Gather", ["table", "input_ids"], ["rows"]),
    h.make_node("Cast", ["attention_mask"], ["mask"], to=T.FLOAT),
    h.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
    h.make_node("Mul", ["rows", "wide"], ["heard"]),
    h.make_node("ReduceSum", ["heard", "middle"], ["logits"], keepdims=0),
], "three words", [h.make_tensor_value_info(name, T.INT64, ["texts", "tokens"]) for name in ("input_ids", "attention_mask")],
    [h.make_tensor_value_info("logits", T.FLOAT, ["texts", 3])],
    [n.from_array(table, "table"), ints("last", 2), ints("middle", 1)])
onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8), folder + "/model.onnx")
words = {"[PAD]": 0, "[UNK]": 1, "good": 2, "bad": 3, "so": 4}
json.dump({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
           "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
           "model": {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"}}, open(folder + "/tokenizer.json", "w"))
json.dump({"id2label": {"0": "Bearish", "1": "Neutral", "2": "Bullish"}}, open(folder + "/config.json", "w"))
print(glob.glob(os.path.join(os.path.dirname(onnxruntime.__file__), "capi", "libonnxruntime.so*"))[0])
"#;

/// A model in a folder; none where nobody can make one.
fn made(folder: &Path) -> Option<OnnxConfig> {
    let python = std::env::var("WICK_PYTHON").unwrap_or_else(|_| "python3".into());
    let made = Command::new(&python).args(["-c", SCRIPT]).arg(folder).output();
    let Some(made) = made.ok().filter(|made| made.status.success()) else {
        println!("skipped: {python} has no onnx, or no onnxruntime (WICK_PYTHON names another)");
        return None;
    };
    let library = PathBuf::from(String::from_utf8(made.stdout).expect("a path").trim());
    Some(OnnxConfig { model: folder.to_owned(), library, batch: 2, tokens: 16, threads: 1 })
}

#[test]
fn a_classifier_judges_what_it_can_and_what_ships_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(config) = made(folder.path()) else { return };
    let onnx = Onnx::open(&config).expect("a sound model");
    // More than a batch, of different lengths.
    let texts = ["good good bad", "bad", "so", "", "good so so so"].map(str::to_owned);
    let found = onnx.classify(&texts).expect("judged");
    assert_eq!(found.len(), texts.len());
    for probabilities in &found {
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{probabilities:?}");
    }
    let alone: Vec<_> =
        texts.iter().map(|text| onnx.classify(std::slice::from_ref(text)).expect("judged")[0]).collect();
    assert_eq!(found, alone, "a text is judged otherwise in company");
    let odds = (2.0_f64 - -2.0).exp();
    assert!((found[0][2] / found[0][0] - odds).abs() < odds * 1e-5, "{:?}", found[0]);

    let method = onnx.method().to_owned();
    assert!(method.starts_with("onnx-"), "{method}");
    let scorer = Scorer::default().with_classifier(Box::new(onnx));
    let judged = scorer.judge_all(&[("good", ""), ("", ""), ("bad", "bad")]);
    assert!(judged[0].score > 0.8 && judged[2].score < -0.8, "{judged:?}");
    assert_eq!((judged[0].method.as_str(), judged[1].confidence), (method.as_str(), 0.0));
    assert_ne!(judged[1].method, method);
}

#[test]
fn what_is_no_model_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(config) = made(folder.path()) else { return };
    let refused = |what: &str, name: &str, text: &str| {
        let path = folder.path().join(name);
        let before = std::fs::read(&path).expect("a file");
        std::fs::write(&path, text).expect("written");
        let error = Onnx::open(&config).err().expect(what).to_string();
        std::fs::write(&path, before).expect("written");
        error
    };
    assert!(refused("no tokenizer", "tokenizer.json", "{}").contains("tokenizer.json"));
    let labels = r#"{"id2label": {"0": "Bearish", "1": "Joyful"}}"#;
    assert!(refused("no class of ours", "config.json", labels).contains("'Joyful'"));
    assert!(!refused("no model", "model.onnx", "{}").is_empty());
    let elsewhere = OnnxConfig { model: folder.path().join("nowhere"), ..config };
    assert!(Onnx::open(&elsewhere).err().expect("nothing there").to_string().contains("model.onnx"));
}
