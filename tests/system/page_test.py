# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: at two widths and in both colour schemes, with axe-core.

Chromium is optional, as is npm for the test of accessibility: it fetches axe-core once, into the cache of the
account.
"""

import json
import re
import shutil
import subprocess
import tempfile
import unittest

from support import npm
from support.world import World

AXE = "axe-core@4.10.3"
BROWSER = shutil.which("chromium")
SIZES = {"telephone": (390, 844), "desktop": (1280, 900)}
SCHEMES = {"dark": 0, "light": 1}

# Runs in the page, and writes its findings to the DOM.
EXAMINE = """
(window.axe ? axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
            : Promise.resolve({violations: [], passes: []}))
  .then(found => {
    const report = document.createElement("pre");
    report.id = "report";
    report.textContent = JSON.stringify({
      violations: found.violations.map(each => [each.id, each.nodes.map(node => node.html)]),
      passes: found.passes.map(each => each.id),
      dark: matchMedia("(prefers-color-scheme: dark)").matches,
      ground: getComputedStyle(document.body).backgroundColor,
      width: innerWidth, needed: document.documentElement.scrollWidth,
      headings: [...document.querySelectorAll("h1,h2,h3")].map(each => each.textContent),
      columns: [...document.querySelectorAll("th[scope=col]")].map(each => each.textContent),
      rows: document.querySelectorAll("tbody tr").length,
      bars: document.querySelectorAll("svg.bar rect").length,
      scripts: document.querySelectorAll("script:not(.test)").length,
      images: document.querySelectorAll("img").length,
    });
    document.body.append(report);
  });
"""


def axe():
    """Returns the text of axe-core and None, or "" and the reason."""
    kept = npm.cache() / f"{AXE.replace('@', '-')}.js"
    if not kept.exists():
        text, why = npm.file_of(AXE, "axe.min.js")
        if why:
            return "", why
        kept.write_bytes(text)
    return kept.read_text(), None


@unittest.skipUnless(BROWSER, "chromium is not installed")
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.axe, cls.no_axe = axe()
        cls.world = World()
        cls.addClassCleanup(cls.world.remove)
        world = cls.world
        world.write_settings(hooks='[hooks]\nbuild = [["/bin/sh", "-c", "sleep 0.2"]]\n')
        world.commit("one")
        world.inhaul("deploy", "shop")
        script = world.restart_script()
        script.write_text(script.read_text() + f"! grep -q bad '{world.directory}/version'\n")
        world.commit("two <script>alert(1)</script><img src=x>")
        world.inhaul("deploy", "shop")
        world.commit("three [skip deploy]")
        world.inhaul("deploy", "shop", check=False)
        world.commit("bad " + "averylongwordwithoutanyspaceinit" * 3)
        world.inhaul("deploy", "shop", check=False)
        world.write_settings("blog", top=f'repository = "{world.remote}"\n'
                                         f'directory = "{world.root}/blog"\n', service="")
        cls.html = world.inhaul("page").stdout

    def browse(self, html, width=1280, height=900, scheme=1, *more):
        path = self.world.root / "page.html"
        path.write_text(html)
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(
                [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 f"--user-data-dir={profile}", f"--window-size={width},{height}",
                 f"--blink-settings=preferredColorScheme={scheme}", "--virtual-time-budget=10000",
                 *more, "--dump-dom", f"file://{path}"],
                capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def examined(self, width, height, scheme):
        """In a frame of this width: a window has a least width."""
        # The policy of the page would forbid the examination.
        html = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", self.html)
        html = html.replace("</body>", f'<script class="test">{self.axe}</script>'
                                       f'<script class="test">{EXAMINE}</script></body>')
        dom = self.browse(html, width, height, scheme)
        found = re.search(r'<pre id="report">(.*?)</pre>', dom, re.DOTALL)
        self.assertTrue(found, dom[-2000:])
        text = found[1]
        for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            text = text.replace(entity, character)
        return json.loads(text)

    def test_it_is_accessible_at_two_widths_and_in_both_schemes(self):
        if self.no_axe:
            self.skipTest(self.no_axe)
        grounds = set()
        for size, (width, height) in SIZES.items():
            for name, scheme in SCHEMES.items():
                with self.subTest(size=size, scheme=name):
                    found = self.examined(width, height, scheme)
                    self.assertEqual(found["violations"], [])
                    self.assertIn("color-contrast", found["passes"])
                    self.assertEqual(found["dark"], name == "dark")
                    self.assertLessEqual(found["needed"], found["width"])
                    grounds.add(found["ground"])
        self.assertEqual(len(grounds), 2)

    def test_it_has_its_content_and_no_foreign_markup(self):
        found = self.examined(1280, 900, 1)
        self.assertEqual(found["headings"][0].split(" on ")[0], "Deployments")
        self.assertIn("shop", found["headings"])
        self.assertIn("blog", found["headings"])
        self.assertEqual(found["columns"], ["No.", "Started", "Change", "Duration", "Outcome"])
        self.assertEqual(found["rows"], 4)
        self.assertGreater(found["bars"], 4)
        self.assertEqual((found["scripts"], found["images"]), (0, 0))

    def test_the_browser_runs_no_script_in_it_and_loads_nothing(self):
        html = self.html.replace("</body>", "<script>document.title = 'ran'</script>"
                                            "<img src='file:///etc/hostname' onerror='document.title = 1'>"
                                            "</body>")
        self.assertIn("<title>Deployments on ", self.browse(html))


if __name__ == "__main__":
    unittest.main()
