//! Mends the end of an append-only file before a server reads it.
//!
//! A server that is killed while it writes leaves half a command at the end of its file. The next one cuts that off, but
//! not the `MULTI` and the whole commands before it: what is written from then on comes behind an open transaction, and the
//! server after that carries out the commands of the lost one too. So every message of a transaction that its publisher
//! repeated would be there twice, and other writes may be lost (valkey #4342, of August 2026; Redis 7.0.15 does it). Here the
//! file is cut before the `MULTI`: a transaction is there as a whole or not at all.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// No line is longer that tells a number; what is no such file may have no lines at all.
const LONGEST: usize = 24;

/// Cuts an unfinished command or transaction off the end of the newest append-only file in a server's folder. Gives the
/// number of bytes that were cut off.
pub(super) fn mend(folder: &Path) -> io::Result<u64> {
    let Some(path) = newest(folder)? else { return Ok(0) };
    let file = File::options().read(true).write(true).open(&path)?;
    let length = file.metadata()?.len();
    let Some(whole) = whole(&mut BufReader::with_capacity(1 << 20, &file), length)? else { return Ok(0) };
    if whole < length {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(length - whole)
}

/// The file that is appended to: the last of the manifest (Redis 7), or the only one (Redis 6.2).
fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let several = folder.join("appendonlydir");
    let manifest = match std::fs::read_to_string(several.join("appendonly.aof.manifest")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Some(folder.join("appendonly.aof")).filter(|path| path.is_file()));
        }
        manifest => manifest?,
    };
    // file NAME seq N type i
    let mut names = manifest.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |key: &str| words.iter().position(|word| *word == key).and_then(|at| words.get(at + 1)).copied();
        after("file").filter(|_| after("type") == Some("i"))
    });
    Ok(names.next_back().map(|name| several.join(name)).filter(|path| path.is_file()))
}

/// How many of the bytes are whole commands and whole transactions; `None` where they are something else, which the server
/// may say.
fn whole<R: BufRead + Seek>(bytes: &mut R, length: u64) -> io::Result<Option<u64>> {
    // Counted rather than asked for, which would be a system call for each command.
    let (mut here, mut whole, mut in_transaction) = (0, 0, false);
    let (mut line, mut name) = (Vec::new(), Vec::new());
    while here < length {
        let Some(count) = number(bytes, &mut line, b'*')? else { return Ok(unfinished(&line, whole)) };
        here += line.len() as u64;
        name.clear();
        for argument in 0..count {
            let Some(size) = number(bytes, &mut line, b'$')? else { return Ok(unfinished(&line, whole)) };
            here += line.len() as u64 + size + 2;
            let Some(beyond) = i64::try_from(size + 2).ok().filter(|_| here <= length) else { return Ok(Some(whole)) };
            if argument == 0 {
                bytes.by_ref().take(size).read_to_end(&mut name)?;
                bytes.seek_relative(2)?;
            } else {
                bytes.seek_relative(beyond)?;
            }
        }
        if name.eq_ignore_ascii_case(b"multi") {
            in_transaction = true;
        } else if name.eq_ignore_ascii_case(b"exec") {
            in_transaction = false;
        }
        if !in_transaction {
            whole = here;
        }
    }
    Ok(Some(whole))
}

/// What to make of a line that is no number: the file ends in it, or it is in another format.
fn unfinished(line: &[u8], whole: u64) -> Option<u64> {
    let begun = matches!(line, [] | [b'*' | b'$', ..]) && line.len() < LONGEST && !line.ends_with(b"\n");
    begun.then_some(whole)
}

/// Reads `*3` or `$17` and the end of the line, which is left in `line`.
fn number<R: BufRead>(bytes: &mut R, line: &mut Vec<u8>, mark: u8) -> io::Result<Option<u64>> {
    line.clear();
    bytes.by_ref().take(LONGEST as u64).read_until(b'\n', line)?;
    let digits = line.strip_prefix(&[mark]).and_then(|rest| rest.strip_suffix(b"\r\n"));
    Ok(digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn command(words: &[&str]) -> String {
        let words = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
        format!("*{}\r\n{}", words.len(), words.collect::<String>())
    }

    fn ends(length: usize, bytes: &[u8]) -> Option<u64> {
        whole(&mut Cursor::new(&bytes[..length]), length as u64).expect("reads")
    }

    #[test]
    fn a_file_in_another_format_is_left_alone() {
        for text in
            ["REDIS0011\u{fa}", "REDIS0011 and a line\r\nmore\r\n", "*1\r\nnonsense\r\n", "*18446744073709551616\r\n"]
        {
            assert_eq!(ends(text.len(), text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_whole_and_as_much_as_can_be(
            units in prop::collection::vec((any::<bool>(), prop::collection::vec("[a-z\r\n*$0-9]{0,20}", 0..4)), 0..6),
            cut in 0.0..=1.0,
        ) {
            let mut text = String::new();
            let mut sound = vec![0];
            for (together, values) in &units {
                let words: Vec<String> = values.iter().map(|value| command(&["XADD", "key", "*", value])).collect();
                if *together {
                    text += &format!("{}{}{}", command(&["MULTI"]), words.concat(), command(&["EXEC"]));
                    sound.push(text.len());
                } else {
                    for word in words {
                        text += &word;
                        sound.push(text.len());
                    }
                }
            }
            let length = (cut * text.len() as f64) as usize;
            let expected = sound.iter().rev().find(|end| **end <= length).copied().unwrap_or(0);
            prop_assert_eq!(ends(length, text.as_bytes()), Some(expected as u64));
        }
    }
}
