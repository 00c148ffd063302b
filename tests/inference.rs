//! A client of the Open Inference Protocol that was not written for Wick (NVIDIA's tritonclient) is answered by a house that
//! lives.

mod harness;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use harness::living::{first_forecast, ready, stop, up};
use harness::{Home, python_with};

#[test]
fn a_client_of_the_open_inference_protocol_is_answered() {
    let Some(python) = python_with("tritonclient") else { return };
    let home = Home::new();
    let mut house = up(&home.join("data"), &[], Stdio::inherit());
    let (_, door) = first_forecast(&mut house);
    ready(&door);
    let script = PathBuf::from("tests/harness/oip.py");
    let output = Command::new(&python).arg("-B").arg(script).arg(&door).output().expect("Python runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("\"furthest\""), "{told}");
    stop(house);
}
