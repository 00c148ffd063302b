//! A PostgreSQL server of a test's own: in a folder of the test, on a unix socket, gone with the test.

use std::io;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Who owns the database, and what it is called.
const NAME: &str = "wick";
/// How long a server may take to start.
const STARTING: Duration = Duration::from_secs(60);
/// Runs a server until its input ends, which it does when the test ends, however it does.
const UNTIL_INPUT_ENDS: &str = r#""$@" </dev/null & server=$!; read -r _; kill -INT $server; wait $server"#;

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    /// Who it runs as, where we are root: PostgreSQL refuses root.
    user: Option<(u32, u32)>,
    keeper: Option<Child>,
}

impl Postgres {
    /// Makes a server below an empty folder, which is handed to it. `None` where PostgreSQL is not installed, which is
    /// said on standard error: the test is then skipped.
    ///
    /// # Panics
    /// Where it is installed and does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("skipped: PostgreSQL was not found (Debian and Ubuntu: apt-get install postgresql)");
            return None;
        };
        let mut server = Self { programs, folder: folder.to_owned(), user: other_than_root(), keeper: None };
        if let Err(error) = server.make().and_then(|()| server.resume()) {
            panic!("PostgreSQL of {} in {}: {error}", server.programs.display(), folder.display());
        }
        Some(server)
    }

    /// Where it is, as in `silver.url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{NAME}@localhost/{NAME}?host={}", self.folder.display())
    }

    /// Stops it; what it holds stays.
    pub fn pause(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }

    /// Starts it again.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn resume(&mut self) -> io::Result<()> {
        let mut command = self.command("sh");
        command.args(["-c", UNTIL_INPUT_ENDS, "sh"]).arg(self.programs.join("postgres")).arg("-D").arg(self.data());
        // Nothing here must outlive the machine. A socket is all that we need: no port is taken.
        for setting in ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
            command.arg("-c").arg(setting);
        }
        command.arg("-c").arg(format!("unix_socket_directories={}", self.folder.display()));
        let log = std::fs::File::create(self.log())?;
        let mut keeper = command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let started = Instant::now();
        while !self.ready() {
            if keeper.try_wait()?.is_some() || started.elapsed() > STARTING {
                let _ = keeper.kill();
                return Err(io::Error::other(std::fs::read_to_string(self.log()).unwrap_or_default()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.keeper = Some(keeper);
        Ok(())
    }

    fn make(&self) -> io::Result<()> {
        if let Some((user, group)) = self.user {
            chown(&self.folder, Some(user), Some(group))?;
        }
        std::fs::DirBuilder::new().mode(0o700).create(self.data())?;
        if let Some((user, group)) = self.user {
            chown(self.data(), Some(user), Some(group))?;
        }
        let mut initdb = self.command(self.programs.join("initdb"));
        initdb.args(["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        succeeded(initdb.arg("--username").arg(NAME).arg("-D").arg(self.data()))?;
        // A server of one user makes the database by itself, faster than a client of a running one.
        let mut single = self.command("sh");
        let script = format!(r#"echo 'CREATE DATABASE {NAME};' | "$0" --single -F -D "$1" postgres"#);
        succeeded(single.args(["-c", &script]).arg(self.programs.join("postgres")).arg(self.data()))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    /// Whether it answers: its eighth line about itself says so.
    fn ready(&self) -> bool {
        let told = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        told.lines().nth(7).is_some_and(|line| line.trim() == "ready")
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.pause();
    }
}

fn succeeded(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    let told = |status: ExitStatus| format!("{status}: {}", String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(io::Error::other(told(output.status))) }
}

/// Where the programs are: Debian's newest version, or what the path offers.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut debian: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let offered = debian.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    offered.into_iter().find(complete)
}

/// Whom the server runs as where we are root: the user that its package makes, or nobody.
fn other_than_root() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(str::parse::<u32>);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    };
    Some(ids("postgres").or_else(|| ids("nobody")).unwrap_or((65_534, 65_534)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_is_stopped_and_answers_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(mut server) = Postgres::start(folder.path()) else { return };
        assert!(server.ready());
        server.pause();
        assert!(!server.ready(), "it is gone");
        server.resume().expect("starts again");
        assert!(server.ready() && folder.path().join(".s.PGSQL.5432").exists());
    }
}
