//! What a function prints and what Lambda writes around it.

use super::*;

/// The texts of an invocation's log, with what differs from run to run replaced.
async fn log_of(function: FunctionConfig) -> Vec<String> {
    let bench = Bench::with(function);
    bench.invoke("{}").await;
    let lines = bench.lines_of_invocation();
    assert!(lines.iter().all(|line| &*line.function == "f"));
    let texts: Vec<String> = lines.into_iter().map(|line| plain(&line.text)).collect();
    let state = bench.state;
    drop(bench.engine);
    let file = std::fs::read_to_string(state.path().join("logs/f.log")).expect("a log file");
    assert_eq!(plain(&file), texts.iter().map(|text| format!("{text}\n")).collect::<String>());
    texts
}

/// Replaces times and numbers.
fn plain(text: &str) -> String {
    let text = text.replace(REQUEST_ID, "ID");
    let mut plain = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_digit() { '9' } else { c };
        if !(c == '9' && plain.ends_with('9')) {
            plain.push(c);
        }
    }
    plain.replace("9-9-9T9:9:9.9Z", "TIME")
}

const REPORT: &str = "REPORT RequestId: ID\tDuration: 9.9 ms\tBilled Duration: 9 ms\tMemory Size: 9 MB\t\
                      Max Memory Used: 9 MB\tInit Duration: 9.9 ms\t";

#[tokio::test]
async fn node_logs_as_on_aws() {
    let text = "console.log('at init')
      exports.handler = async () => {
        console.log('a', { b: 1 }); console.error('two\\nlines'); console.debug('d'); console.warn('w')
        process.stdout.write('no end')
      }";
    assert_eq!(
        log_of(node(text)).await,
        [
            "TIME\tundefined\tINFO\tat init",
            "START RequestId: ID Version: $LATEST",
            "TIME\tID\tINFO\ta { b: 9 }",
            "TIME\tID\tERROR\ttwo\nlines",
            "TIME\tID\tDEBUG\td",
            "TIME\tID\tWARN\tw",
            "no end",
            "END RequestId: ID",
            REPORT,
        ]
    );
}

#[tokio::test]
async fn python_logs_as_on_aws() {
    let text = "import logging, sys
print('at init')
def handler(event, context):
  print('a', 'b')
  print('to stderr', file=sys.stderr)
  logging.warning('careful')
  logging.info('not shown')
  logging.getLogger().setLevel(logging.INFO)
  logging.info('two\\nlines')
  raise ValueError('no')";
    let lines = log_of(python(text)).await;
    assert_eq!(
        lines[..6],
        [
            "at init",
            "START RequestId: ID Version: $LATEST",
            "a b",
            "to stderr",
            "[WARNING]\tTIME\tID\tcareful",
            "[INFO]\tTIME\tID\ttwo\nlines",
        ]
    );
    assert!(
        lines[6].starts_with("[ERROR] ValueError: no\nTraceback (most recent call last):\n\u{a0}\u{a0}File "),
        "{}",
        lines[6]
    );
    assert_eq!(lines[7..], ["END RequestId: ID", REPORT]);
}

#[tokio::test]
async fn lines_belong_to_their_invocation() {
    let bench = Bench::with(node("console.log('i'); exports.handler = async () => console.log('h')"));
    bench.invoke("{}").await;
    let lines = bench.lines_of_invocation();
    let seen: Vec<_> = lines.iter().map(|line| (line.kind, line.request_id.as_deref())).collect();
    assert_eq!(
        seen,
        [
            (LogKind::Function, None),
            (LogKind::Platform, Some(REQUEST_ID)),
            (LogKind::Function, Some(REQUEST_ID)),
            (LogKind::Platform, Some(REQUEST_ID)),
            (LogKind::Platform, Some(REQUEST_ID)),
        ]
    );
}

#[tokio::test]
async fn the_tail_comes_with_the_answer() {
    let bench = Bench::with(python("def handler(event, context):\n  print('x' * 5000)\n  print('last')"));
    let context =
        InvokeContext { request_id: REQUEST_ID.to_owned(), log_tail: true, ..InvokeContext::default() };
    let invocation =
        bench.engine.invoke("f", Bytes::from_static(b"{}"), context).await.expect("an invocation");
    let tail = invocation.log_tail.expect("a tail");
    assert_eq!(tail.len(), 4_096);
    assert!(plain(&tail).ends_with(&format!("x\nlast\nEND RequestId: ID\n{REPORT}\n")), "{tail}");
}

#[tokio::test]
async fn a_runaway_printer_is_bounded() {
    let text = "import os
def handler(event, context):
  line = b'y' * 1023 + b'\\n'
  block = line * 64
  for _ in range(512): os.write(1, block)
  return 'done'";
    let bench = Bench::with(python(text));
    let invocation = bench.invoke("{}").await;
    assert_eq!(invocation.payload, "\"done\"");
    let lines = bench.lines_of_invocation();
    let kept = lines.iter().filter(|line| line.kind == LogKind::Function).count();
    assert!((8_000..20_000).contains(&kept), "{kept} of 32768 lines were kept");
    let notice = lines.iter().find(|line| line.kind == LogKind::Notice).expect("a notice");
    assert!(
        notice.text.ends_with("lines were dropped: the function logs more than frontgate keeps"),
        "{}",
        notice.text
    );
}
