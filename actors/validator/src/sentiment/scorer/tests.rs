use proptest::prelude::*;

use super::super::classifier::Failure;
use super::*;

#[test]
fn headlines_with_an_obvious_sign() {
    let scorer = Scorer::default();
    for good in [
        "Bitcoin surges to a new all-time high after ETF approval",
        "$AAPL beats Q3 estimates, raises dividend",
        "Ethereum rallies 12% as inflows hit a record",
        "Tesla upgraded to buy at Morgan Stanley, shares jump",
        "Pre-tax profit climbs to USD 9.4m from USD 6.0m",
    ] {
        assert!(scorer.judge(good, "").score > 0.3, "{good}: {:?}", scorer.weigh(good));
    }
    for bad in [
        "Bitcoin plunges below $60,000 as liquidations mount",
        "$NFLX misses estimates, cuts guidance; shares tumble",
        "Exchange hacked: $200M stolen, withdrawals halted",
        "SEC sues crypto lender over alleged fraud",
        "Operating loss widened as sales fell 20%",
    ] {
        assert!(scorer.judge(bad, "").score < -0.3, "{bad}: {:?}", scorer.weigh(bad));
    }
    for dull in ["Bank of England publishes minutes of its meeting", "Acme Corp to present at investor conference"] {
        assert!(scorer.judge(dull, "").score.abs() < 0.3, "{dull}: {:?}", scorer.weigh(dull));
    }
}

#[test]
fn without_anything_to_judge_by_there_is_no_confidence() {
    for scorer in [Scorer::default(), Scorer::lexicon()] {
        for (title, body) in [("", ""), (" \n\t", ""), ("\u{200f}\u{200b}", "\u{fe0f}"), ("", "   ")] {
            let sentiment = scorer.judge(title, body);
            assert_eq!((sentiment.score, sentiment.confidence), (0.0, 0.0), "{title:?} {body:?}");
        }
    }
}

#[test]
fn the_model_judges_what_it_knows_and_the_lexicon_the_rest() {
    let scorer = Scorer::default();
    assert_eq!(scorer.judge("Shares of the company rise after earnings", "").method, model::SHIPPED);
    assert_eq!(scorer.judge("Qwxyz vbnmk plommet rally zzkrt hjklp wvvq", "").method, LEXICON);
    assert_eq!(scorer.judge("Биткоин резко упал", "").confidence, 0.0, "a language that neither knows");
    assert_eq!(scorer.judge("🚀🚀", "").method, LEXICON);
    assert!(scorer.judge("🚀🚀", "").score > 0.0);
}

#[test]
fn a_body_counts_less_than_a_title() {
    let scorer = Scorer::default();
    let (good, bad) = ("Shares soar after strong earnings", "Shares plunge after weak earnings");
    assert!(scorer.judge(good, bad).score > 0.0);
    assert!(scorer.judge(good, bad).score < scorer.judge(good, "").score);
    assert_eq!(scorer.judge("", bad), scorer.judge(bad, ""), "an empty title is no voice");
}

#[test]
fn negation_turns_the_lexicon() {
    let scorer = Scorer::lexicon();
    for (said, denied) in [("this is good", "this is not good"), ("it is a scam", "it isn't a scam")] {
        assert!(scorer.judge(said, "").score * scorer.judge(denied, "").score < 0.0, "{said}");
    }
}

/// Says what it was told to.
struct Told(Result<Vec<[f64; CLASSES]>, &'static str>);

impl Classifier for Told {
    fn method(&self) -> &str {
        "told-1"
    }

    fn classify(&self, _: &[String]) -> Result<Vec<[f64; CLASSES]>, Failure> {
        self.0.clone().map_err(|reason| Failure { method: "told-1".to_owned(), reason: reason.to_owned() })
    }
}

#[test]
fn a_classifier_judges_what_it_can_and_the_rest_is_judged_here() {
    let articles = [("Shares soar", ""), ("Shares plunge", ""), ("", "")];
    let with = |answer| Scorer::default().with_classifier(Box::new(Told(answer))).judge_all(&articles);
    let told = with(Ok(vec![[0.7, 0.2, 0.1], [f64::NAN, 0.0, 1.0], [0.0, 0.0, 1.0]]));
    let here = Scorer::default().judge_all(&articles);
    assert!((told[0].score + 0.6).abs() < 1e-12 && told[0].confidence == 0.7 && told[0].method == "told-1");
    assert_eq!(told[1..], here[1..], "no probabilities, and no text");
    assert_eq!(with(Ok(vec![[0.0, 0.0, 1.0]])), here, "too few");
    assert_eq!(with(Err("out of memory: use a smaller batch")), here);
}

fn anything() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("not".to_owned()),
        Just("-$".to_owned()),
        Just("+5%".to_owned()),
        Just("$BTC".to_owned()),
        Just("from".to_owned()),
        Just("\u{200f}שלום".to_owned()),
        Just("👨‍👩‍👧🚀".to_owned()),
        Just("'s".to_owned()),
        Just("1,.5bn".to_owned()),
        Just("İﬀẞ".to_owned()),
        Just("crash".to_owned()),
        Just("loss".to_owned()),
        "\\PC{0,12}",
        any::<String>(),
    ];
    proptest::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_judged_within_bounds_and_always_alike(title in anything(), body in anything()) {
        thread_local!(static SCORERS: [Scorer; 2] = [Scorer::default(), Scorer::lexicon()]);
        SCORERS.with(|scorers| {
            for scorer in scorers {
                let Sentiment { score, confidence, method } = scorer.judge(&title, &body);
                prop_assert!(Sentiment::new(score, confidence, method.clone()).is_ok(), "{score} {confidence}");
                prop_assert_eq!(scorer.judge(&title, &body), Sentiment { score, confidence, method });
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_huge_text_is_judged_as_fast_as_its_head() {
    let scorer = Scorer::default();
    let huge = "bitcoin crashes ".repeat(1_000_000);
    assert!(scorer.judge(&huge, &huge).score < 0.0);
    assert_eq!(scorer.judge(&huge, ""), scorer.judge(&huge[..2 * super::super::text::LONGEST], ""));
}
