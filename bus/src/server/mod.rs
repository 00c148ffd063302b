//! A Redis server of our own: a supervised child on a unix socket in the data folder, with an append-only file.

mod append_only;
mod fresh;
mod rewrite;
mod users;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::session;
use crate::stream;

pub use fresh::empty;

use users::User;

/// The longest path that a unix socket may have on Linux, with its final zero.
const LONGEST_SOCKET: usize = 107;
/// How long a server may take to load its append-only file.
const LOADING: Duration = Duration::from_secs(60);

/// The embedded server, kept alive until it is stopped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub url: String,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts the server, or takes over one that a killed process has left behind, and waits until it answers.
    ///
    /// # Errors
    /// [`Error::Server`] that says what is missing: the program, the right to write, or its own last words.
    pub async fn start(config: &Config) -> Result<Self> {
        let folder = config.data_dir.join("bus");
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let folder = folder.canonicalize().map_err(Error::file(&folder))?;
        let socket = socket_for(&folder);
        let url = format!("redis+unix://{}", socket.display());
        let user = User::join(&folder).await?;
        let child = raise(config, &folder, &socket, &url).await?;
        if child.is_none() {
            tracing::info!(socket = %socket.display(), "taking over the redis-server that is running already");
        }
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(keep_alive(config.clone(), folder, socket, url.clone(), (user, child), stopped));
        Ok(Self { url, stop, task })
    }

    /// Stops the server after it has written everything down, unless another process uses it.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Where the bus of these settings is: `bus.url`, or the socket of the embedded server in the data folder, whether it
/// runs or not.
#[must_use]
pub fn url_for(config: &Config) -> String {
    if !config.bus.url.is_empty() {
        return config.bus.url.clone();
    }
    let folder = config.data_dir.join("bus");
    // A folder that is not there has no server in it, so its name need not be the one that a server would use; but an
    // address must be a whole path.
    let folder = folder.canonicalize().or_else(|_| std::path::absolute(&folder)).unwrap_or(folder);
    format!("redis+unix://{}", socket_for(&folder).display())
}

/// Long data folders do not fit into a socket's address: those get one among the temporary files.
fn socket_for(folder: &Path) -> PathBuf {
    let near = folder.join("redis.sock");
    if near.as_os_str().len() <= LONGEST_SOCKET {
        return near;
    }
    let hash = blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex();
    std::env::temp_dir().join(format!("wick-{}.sock", &hash[..16]))
}

/// What the server's program says of its version.
///
/// # Errors
/// Where it is not there, with what to install.
pub async fn version() -> Result<String> {
    let program = program();
    let asked = Command::new(&program).arg("--version").stdin(Stdio::null()).output().await;
    let output = asked.map_err(|error| missing(&program, &error))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What to do about a program that does not start.
fn missing(program: &str, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => Error::Server(format!(
            "'{program}' was not found: install it (Debian and Ubuntu: apt-get install redis-server), name it in \
             WICK_REDIS_SERVER, or set bus.url to a Redis that runs already"
        )),
        _ => Error::Server(format!("'{program}' could not be started: {error}")),
    }
}

/// The program: `WICK_REDIS_SERVER`, or `redis-server` on the path.
fn program() -> String {
    std::env::var("WICK_REDIS_SERVER").unwrap_or_else(|_| "redis-server".into())
}

/// Launches a server, or waits for that of a killed process, which does not answer while it reads its file, or is about to
/// end. None is of one that runs already.
async fn raise(config: &Config, folder: &Path, socket: &Path, url: &str) -> Result<Option<Child>> {
    let started = Instant::now();
    loop {
        if let Some(mut connection) = answer(url).await {
            stream::check_version(&mut connection).await?;
            return Ok(None);
        }
        if let Some(mut child) = launch(config, folder, socket)? {
            await_answer(url, &mut child, folder).await?;
            return Ok(Some(child));
        }
        if started.elapsed() > LOADING {
            return Err(silent(folder));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Launches a server, unless another is there: two on one file would spoil it.
///
/// The lock is handed to the server as its standard input: so it is held for exactly as long as the server lives,
/// whatever becomes of this process.
fn launch(config: &Config, folder: &Path, socket: &Path) -> Result<Option<Child>> {
    let Some(lock) = lock(folder)? else { return Ok(None) };
    // Nobody writes to it now: the lock is ours.
    match append_only::mend(folder) {
        Ok(0) => {}
        Ok(bytes) => tracing::warn!(bytes, "the bus was killed while it wrote: what was unfinished is cut off"),
        Err(error) => return Err(Error::file(folder)(error)),
    }
    let program = program();
    let child = Command::new(&program)
        .args(["--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "yes"])
        .args(["--auto-aof-rewrite-min-size", "256mb", "--daemonize", "no", "--loglevel", "notice"])
        // A message is nearly a kilobyte: with the default of 4 KiB a node holds five, and names its fields as often.
        .args(["--stream-node-max-bytes", "32768"])
        .arg("--appendfsync")
        .arg(&config.bus.append_fsync)
        .arg("--unixsocket")
        .arg(socket)
        .arg("--dir")
        .arg(folder)
        .arg("--pidfile")
        .arg(folder.join("redis.pid"))
        .arg("--logfile")
        .arg(folder.join("redis.log"))
        .stdin(Stdio::from(lock))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A Ctrl-C at the terminal is for Wick, which stops the server last.
        .process_group(0)
        .spawn()
        .map_err(|error| missing(&program, &error))?;
    Ok(Some(child))
}

/// The lock of a folder, where no server holds it.
fn lock(folder: &Path) -> Result<Option<File>> {
    let path = folder.join("lock");
    let lock = File::create(&path).map_err(Error::file(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Error::file(&path)(error)),
    }
}

/// Whether a server lives in a folder.
fn locked(folder: &Path) -> Result<bool> {
    Ok(lock(folder)?.is_none())
}

/// A connection to a server that answers.
async fn answer(url: &str) -> Option<MultiplexedConnection> {
    let mut connection = session::connect(url).await.ok()?;
    redis::cmd("PING").query_async::<String>(&mut connection).await.ok()?;
    Some(connection)
}

async fn await_answer(url: &str, child: &mut Child, folder: &Path) -> Result<()> {
    let started = Instant::now();
    loop {
        if let Some(mut connection) = answer(url).await {
            return stream::check_version(&mut connection).await.map(|_| ());
        }
        if let Ok(Some(status)) = child.try_wait() {
            let log = folder.join("redis.log");
            let words = std::fs::read_to_string(&log).unwrap_or_default();
            let last: Vec<&str> = words.lines().rev().take(3).collect();
            let last = last.into_iter().rev().collect::<Vec<_>>().join(" | ");
            return Err(Error::Server(format!("ended at once ({status}); {} ends with: {last}", log.display())));
        }
        if started.elapsed() > LOADING {
            return Err(silent(folder));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn silent(folder: &Path) -> Error {
    Error::Server(format!("does not answer after {} s: see {}/redis.log", LOADING.as_secs(), folder.display()))
}

/// Starts the server again when it ends, until it is told to stop.
async fn keep_alive(
    config: Config,
    folder: PathBuf,
    socket: PathBuf,
    url: String,
    (user, mut child): (User, Option<Child>),
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            () = gone(&url, child.as_mut()) => {}
            _ = stopped.wait_for(|stop| *stop) => break,
        }
        tracing::warn!("redis-server ended: starting it again");
        child = match raise(&config, &folder, &socket, &url).await {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(%error, "the bus stays away");
                None
            }
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if !user.is_last() {
        tracing::info!(socket = %socket.display(), "another process uses the redis-server: it runs on");
        return;
    }
    shut_down(&url, child).await;
}

/// Ends a server after it has written everything down.
async fn shut_down(url: &str, child: Option<Child>) {
    if let Ok(mut connection) = session::connect(url).await {
        rewrite::rewrite(&mut connection).await;
        // SHUTDOWN closes the connection instead of answering.
        let _ = redis::cmd("SHUTDOWN").query_async::<redis::Value>(&mut connection).await;
    }
    if let Some(mut child) = child
        && tokio::time::timeout(Duration::from_secs(20), child.wait()).await.is_err()
    {
        let _ = child.kill().await;
    }
}

/// Waits until the server has ended: a child by its exit, one that was taken over by its silence.
async fn gone(url: &str, child: Option<&mut Child>) {
    match child {
        Some(child) => {
            let _ = child.wait().await;
        }
        None => {
            while answer(url).await.is_some() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(data: &Path) -> Config {
        Config::load(None, &[("data_dir".into(), data.display().to_string())]).expect("settings")
    }

    async fn process_id(url: &str) -> Option<String> {
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut answer(url).await?).await.ok()?;
        info.lines().find_map(|line| line.strip_prefix("process_id:")).map(str::to_owned)
    }

    #[tokio::test]
    async fn the_last_of_those_who_share_a_server_stops_it() {
        let data = tempfile::tempdir().expect("a folder");
        let config = settings(data.path());
        let (first, second) =
            (Server::start(&config).await.expect("starts"), Server::start(&config).await.expect("joins"));
        let url = first.url.clone();
        let id = process_id(&url).await.expect("answers");
        assert!(matches!(empty(data.path()).await, Err(Error::Server(_))), "emptied under two who use it");
        second.stop().await;
        assert_eq!(process_id(&url).await.as_ref(), Some(&id), "the first one's server was stopped");
        let third = Server::start(&config).await.expect("joins");
        first.stop().await;
        assert_eq!(process_id(&url).await, Some(id), "the third one's server was stopped");
        third.stop().await;
        assert_eq!(process_id(&url).await, None);
        assert!(data.path().join("bus/appendonlydir").exists());
        empty(data.path()).await.expect("nobody uses it");
        assert!(!data.path().join("bus/appendonlydir").exists());
    }

    #[tokio::test]
    async fn a_server_that_is_about_to_end_is_followed_by_another() {
        let data = tempfile::tempdir().expect("a folder");
        let config = settings(data.path());
        let folder = data.path().join("bus");
        std::fs::create_dir_all(&folder).expect("a folder");
        // As of one that answers no longer.
        let ending = lock(&folder).expect("a file").expect("free");
        let start = Server::start(&config);
        tokio::pin!(start);
        let early = tokio::time::timeout(Duration::from_millis(100), &mut start).await;
        assert!(early.is_err(), "two servers on one file");
        drop(ending);
        let server = start.await.expect("starts");
        assert!(process_id(&server.url).await.is_some());
        server.stop().await;
    }

    #[tokio::test]
    async fn what_a_killed_process_left_behind_is_stopped_before_its_folder_is_emptied() {
        let data = tempfile::tempdir().expect("a folder");
        let config = settings(data.path());
        let folder = data.path().join("bus");
        std::fs::create_dir_all(&folder).expect("a folder");
        let folder = folder.canonicalize().expect("a folder");
        let url = url_for(&config);
        let orphan = raise(&config, &folder, &socket_for(&folder), &url).await.expect("starts");
        std::fs::write(data.path().join("silver.sqlite"), "rows").expect("a file");
        empty(data.path()).await.expect("nobody uses it");
        assert!(orphan.expect("ours").try_wait().expect("a child").is_some(), "it still runs");
        let left: Vec<_> =
            std::fs::read_dir(data.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left, ["bus"]);
    }

    #[test]
    fn a_folder_that_is_not_there_has_an_address_all_the_same() {
        let config = Config::load(None, &[("data_dir".into(), "not/there/yet".into())]).expect("settings");
        assert!(url_for(&config).starts_with("redis+unix:///"), "{}", url_for(&config));
        assert!(redis::Client::open(url_for(&config)).is_ok());
    }
}
