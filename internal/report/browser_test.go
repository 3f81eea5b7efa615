package report_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// inThePage is what a browser finds out about a report. Details are opened first where everything is to be looked at.
const inThePage = `
const shown = (e) => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().height > 0;
const openAll = () => { for (const d of document.querySelectorAll('details')) d.open = true; };
const width = () => document.scrollingElement.scrollWidth;
const ground = () => getComputedStyle(document.body).backgroundColor;
const focus = () => {
  const e = document.activeElement;
  return e.className + (e.getBoundingClientRect().top >= 0 ? ' in sight' : ' out of sight');
};
const closedFindings = () => [...document.querySelectorAll('details:not([open]) .places')];

// contrast names each text that is too faint for its ground, as WCAG 2 reckons it.
const contrast = () => {
  const parse = (c) => { const [r, g, b, a = 1] = c.match(/[\d.]+/g).map(Number); return {r, g, b, a}; };
  const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => 0.2126 * part(c.r) + 0.7152 * part(c.g) + 0.0722 * part(c.b);
  const groundOf = (e) => {
    for (; e; e = e.parentElement) {
      const bar = e.ownerSVGElement && e.querySelector(':scope > rect');
      const c = parse(bar ? getComputedStyle(bar).fill : getComputedStyle(e).backgroundColor);
      if (c.a === 1) return c;
    }
    return parse(ground());
  };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !shown(e)) continue;
    const style = getComputedStyle(e);
    const text = parse(e.ownerSVGElement ? style.fill : style.color);
    const [a, b] = [light(text), light(groundOf(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 120));
  }
  return faint;
};
`

func TestReportInARealBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := start(t)
	shown := runs(t)
	shown["hostile"] = hostile(t)
	pages := map[string][]byte{}
	for name, run := range shown {
		pages[name] = []byte(render(t, run).raw)
	}
	for _, name := range []string{"same", "rich", "hostile"} {
		pages["comparison: "+name] = []byte(renderComparison(t, comparisons()[name]).raw)
	}
	for name, made := range sweeps {
		pages["sweep: "+name] = []byte(renderSweep(t, made()).raw)
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		b.about = name
		b.open(pages[name])
		if shown := evaluate[int](b, `closedFindings().filter(shown).length`); shown > 0 {
			b.errorf("on a screen %d closed findings are shown", shown)
		}
		b.emulate("print", "dark")
		if hidden := evaluate[int](b, `closedFindings().filter((e) => !shown(e)).length`); hidden > 0 {
			b.errorf("on paper %d findings are not shown", hidden)
		}
		if got := evaluate[string](b, `ground()`); got != "rgb(255, 255, 255)" {
			b.errorf("the paper is %s", got)
		}
		b.emulate("screen", "light")

		b.do(chromedp.KeyEvent(kb.Tab))
		if first := evaluate[string](b, `focus()`); first != "skip in sight" {
			b.errorf("the first stop of the keyboard is %q", first)
		}
		evaluate[chromedp.Void](b, `document.activeElement.blur()`)

		grounds := map[string]string{}
		for _, theme := range []string{"light", "dark"} {
			b.emulate("screen", theme)
			grounds[theme] = evaluate[string](b, `ground()`)
			for _, wide := range []int64{360, 1280} {
				b.resize(wide)
				for _, look := range []string{`width()`, `openAll() || width()`} {
					if got := evaluate[int64](b, look); got > wide {
						b.errorf("it is %d px wide in a window of %d px", got, wide)
					}
				}
			}
			if faint := evaluate[[]string](b, `contrast()`); len(faint) > 0 {
				b.errorf("in %s it is faint:\n%s", theme, strings.Join(faint, "\n"))
			}
		}
		if grounds["light"] == grounds["dark"] {
			b.errorf("it is as %s by night as by day", grounds["light"])
		}
		if asked := evaluate[int](b, `performance.getEntriesByType('resource').length`); asked > 0 {
			b.errorf("it asks for %d things beside itself", asked)
		}
	}
	b.quiet()
}

// browser is a real one, with one tab.
type browser struct {
	t        *testing.T
	ctx      context.Context
	dir      string
	messages func(func(chromedp.ConsoleMessage, error) bool)
	// about is what the tab is looked at for.
	about string
}

// start starts a browser that ends with the test. Where there is none the test is skipped.
func start(t *testing.T) *browser {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	found := slices.IndexFunc(names, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if found < 0 {
		t.Skip("there is no browser: apt install chromium")
	}
	dir := t.TempDir()
	// Its sandbox needs what containers and root do not have. What it is shown is ours, and lets nothing in.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(names[found]), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(5*time.Minute),
		chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Env("HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "TMPDIR="+dir))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, _ := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		within, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		if err := chromedp.Cancel(within); err != nil {
			t.Errorf("the browser did not end: %v", err)
		}
	})
	b := &browser{t: t, ctx: ctx, dir: dir}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b.messages = chromedp.Console(ctx)
	return b
}

func (b *browser) errorf(format string, args ...any) {
	b.t.Helper()
	b.t.Errorf(b.about+": "+format, args...)
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(b.about, err)
	}
}

// open opens a page from a disk, as a person would.
func (b *browser) open(page []byte) {
	b.t.Helper()
	file := filepath.Join(b.dir, "report.html")
	if err := os.WriteFile(file, page, 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Navigate("file://"+file), chromedp.Evaluate[chromedp.Void](inThePage))
}

func (b *browser) emulate(media, theme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) resize(wide int64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: wide, Height: 800, DeviceScaleFactor: 1, Mobile: wide < 500,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func evaluate[T any](b *browser, script string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatalf("%s: %s: %v", b.about, script, err)
	}
	return value
}

// quiet checks that nothing was said on the console since the browser was started. A last word of our own proves that
// it was heard.
func (b *browser) quiet() {
	b.t.Helper()
	const word = "the last word"
	evaluate[chromedp.Void](b, fmt.Sprintf("console.log(%q)", word))
	for message, err := range b.messages {
		if err != nil {
			b.t.Fatal(err)
		}
		if strings.Contains(message.Text, word) {
			return
		}
		b.t.Errorf("on the console: %v", message)
	}
	b.t.Error("the console was not heard")
}
