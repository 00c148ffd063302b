//! What real feeds and aggregators gave, in full: every item becomes an article, or is left out for a reason.

use std::path::PathBuf;

use serde_json::Value;
use wick_schemas::article::LONGEST_BODY;
use wick_schemas::{ArticleReceived, Text};

use super::server::{Say, serve};
use super::*;

/// Where recordings are, where there are any.
fn folder(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("WICK_DATA").map_or_else(|| PathBuf::from("../../../shared/data"), PathBuf::from);
    let folder = data.join("recordings").join(name);
    if !folder.is_dir() {
        println!("skipped: no data at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// Reads one answer with one service.
async fn read(name: &str, body: Vec<u8>) -> (Vec<ArticleReceived>, usize) {
    let (address, _) = serve(move |_, _| Say::ok(&body)).await;
    let heard = soon("an answer", texts(&only(name, &address)).next()).await;
    assert_eq!(heard.trouble, None, "{name}");
    (heard.articles, heard.left_out.values().sum())
}

fn sound(article: &ArticleReceived) {
    let Text { url, id, title, body, published, .. } = &article.article;
    assert!(url.starts_with("https://") && !url.contains("utm_") && !url.contains('#'), "{url}");
    assert_eq!(*id, Text::identity(url));
    assert!(!title.is_empty() && !title.contains("CDATA") && !title.contains("</"), "{title}");
    assert!(body.chars().count() <= LONGEST_BODY && !body.contains("</p>") && !body.contains("&amp;"), "{body}");
    assert!(published.is_some_and(|at| at.millis() > 1_600_000_000_000), "{published:?}");
}

#[tokio::test]
async fn real_feeds_are_read_in_full() {
    let Some(folder) = folder("rss") else { return };
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let body = std::fs::read(&path).expect("a file");
        let items = String::from_utf8_lossy(&body).matches("<item>").count();
        let (articles, left_out) = read("example", body).await;
        articles.iter().for_each(sound);
        println!("{}: {} parsed, {left_out} left out, 0 failed", path.display(), articles.len());
        assert_eq!((articles.len(), left_out), (items, 0));
    }
}

/// An item of an aggregator in the dialect of NewsAPI.
fn newsapi(title: &str, url: &str, description: &str, published: &str) -> Value {
    serde_json::json!({ "title": title, "url": url, "description": description, "publishedAt": published })
}

#[tokio::test]
async fn what_aggregators_gave_is_read_in_full() {
    let Some(folder) = folder("news") else { return };
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let words = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let items: Vec<Value> = match path.extension().and_then(|end| end.to_str()) {
            Some("csv") => {
                let mut rows = csv::Reader::from_reader(text.as_bytes());
                let row = |row: csv::StringRecord| newsapi(&row[1], &row[4], &row[2], &row[0]);
                rows.records().map(|found| row(found.expect("a row"))).collect()
            }
            Some("jsonl") => {
                let item = |item: Value| {
                    newsapi(
                        &words(&item, "title"),
                        &words(&item, "link"),
                        &words(&item, "description"),
                        &words(&item, "pub_date"),
                    )
                };
                text.lines().map(|line| item(serde_json::from_str(line).expect("JSON"))).collect()
            }
            _ => {
                let all: Value = serde_json::from_str(&text).expect("JSON");
                let item = |item: &Value| {
                    newsapi(
                        &words(item, "title"),
                        &words(item, "link"),
                        &words(item, "description"),
                        &words(item, "pubDate"),
                    )
                };
                all["articles"].as_array().expect("a list").iter().map(item).collect()
            }
        };
        let count = items.len();
        let body = serde_json::json!({ "status": "ok", "articles": items }).to_string();
        let (articles, left_out) = read("newsapi", body.into_bytes()).await;
        articles.iter().for_each(sound);
        let twice = count - articles.len() - left_out;
        println!("{}: {} parsed, {twice} told twice, {left_out} left out, 0 failed", path.display(), articles.len());
        assert_eq!(left_out, 0, "{}", path.display());
        assert!(articles.len() * 10 > count * 8, "{}: {} of {count}", path.display(), articles.len());
    }
}
