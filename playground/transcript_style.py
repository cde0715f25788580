"""The look of a transcript, which is Discord's dark theme in the fonts that a reader has."""

STYLE = """
:root { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; background: #313338; color: #dbdee1; font: 16px/1.375 "gg sans", "Noto Sans", "Helvetica Neue",
  Helvetica, Arial, sans-serif; }
header { position: sticky; top: 0; z-index: 1; display: flex; gap: 16px; align-items: baseline; padding: 12px 24px;
  background: #313338; border-bottom: 1px solid #26272b; box-shadow: 0 1px 2px #0004; }
header h1 { margin: 0; font-size: 17px; color: #f2f3f5; white-space: nowrap; }
header h1 span { color: #80848e; font-weight: 400; }
header p { margin: 0; color: #b5bac1; font-size: 14px; }
main { max-width: 900px; margin: 0 auto; padding: 16px 16px 48px; }
article { position: relative; padding: 6px 16px 6px 72px; margin-top: 12px; border-radius: 4px; min-height: 48px; }
article:hover { background: #2e3035; }
article.secret { background: #5865f20d; border-left: 2px solid #5865f2; }
.avatar { position: absolute; left: 16px; bottom: auto; width: 40px; height: 40px; border-radius: 50%; color: #fff;
  display: grid; place-items: center; font-weight: 600; font-size: 18px; }
.answered { color: #b5bac1; font-size: 14px; margin-bottom: 4px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.head { display: flex; gap: 8px; align-items: baseline; }
.head b { color: #f2f3f5; font-weight: 500; }
.head time, .edited { color: #949ba4; font-size: 12px; }
.badge { background: #5865f2; color: #fff; font-size: 10px; font-weight: 600; border-radius: 3px; padding: 1px 4px; }
.text { overflow-wrap: anywhere; }
.text h2, .text h3, .text h4, .container h3 { margin: 4px 0; color: #f2f3f5; }
.text h2 { font-size: 24px; } .text h3, .container h3 { font-size: 20px; } .text h4 { font-size: 16px; }
small { display: block; color: #949ba4; font-size: 13px; }
strong { color: #f2f3f5; }
code { background: #1e1f22; border-radius: 4px; padding: 1px 4px; font: 85% Consolas, "Andale Mono", monospace; }
pre { background: #2b2d31; border: 1px solid #1e1f22; border-radius: 4px; padding: 8px; margin: 6px 0;
  font: 14px Consolas, "Andale Mono", monospace; white-space: pre-wrap; }
blockquote { margin: 0; padding-left: 12px; border-left: 4px solid #4e5058; }
.mention { background: #5865f24d; color: #c9cdfb; border-radius: 3px; padding: 0 2px; }
.stamp { background: #3c3e44; border-radius: 3px; padding: 0 2px; }
a { color: #00a8fc; }
.container { max-width: 620px; margin-top: 6px; padding: 14px 16px; background: #2b2d31; border: 1px solid #3f4147;
  border-left: 4px solid #3f4147; border-radius: 8px; }
.container > * + *, .section > div > * + * { margin-top: 8px; }
hr { border: 0; border-top: 1px solid #3f4147; }
.section { display: flex; gap: 16px; justify-content: space-between; align-items: flex-start; }
.gallery { display: grid; gap: 4px; max-width: 560px; margin-top: 6px; border-radius: 8px; overflow: hidden; }
.gallery.n1 { grid-template-columns: minmax(0, auto); justify-content: start; }
.gallery.n2, .gallery.n4 { grid-template-columns: 1fr 1fr; } .gallery.n3 { grid-template-columns: 1fr 1fr 1fr; }
figure { position: relative; margin: 0; }
figure img { display: block; width: 100%; height: 100%; max-height: 460px; min-width: 160px; object-fit: contain;
  background: #1e1f22; border-radius: 4px; }
.gallery.n2 img, .gallery.n3 img, .gallery.n4 img { object-fit: cover; min-width: 0; aspect-ratio: 1; }
.thumbnail img { width: 85px; height: 85px; min-width: 85px; object-fit: cover; border-radius: 8px; }
figcaption { position: absolute; left: 6px; bottom: 6px; background: #000b; color: #fff; font-size: 11px;
  font-weight: 700; border-radius: 4px; padding: 1px 5px; }
.thumbnail figcaption { display: none; }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
button { border: 0; border-radius: 8px; padding: 7px 14px; color: #fff; font: inherit; font-size: 14px;
  font-weight: 500; }
button.primary { background: #5865f2; } button.secondary, button.link { background: #4e5058; }
button.success { background: #248046; } button.danger { background: #da373c; } button:disabled { opacity: 0.5; }
.select { display: flex; justify-content: space-between; width: 400px; max-width: 100%; padding: 8px 12px;
  background: #1e1f22; border-radius: 8px; color: #b5bac1; }
.file { display: inline-block; padding: 10px 14px; background: #2b2d31; border: 1px solid #3f4147;
  border-radius: 8px; }
.fields { display: flex; flex-wrap: wrap; gap: 16px; } .fields p { margin: 0; }
.reactions { display: flex; gap: 4px; margin-top: 4px; }
.reactions span { background: #2b2d31; border-radius: 8px; padding: 2px 8px; }
.only { color: #949ba4; font-size: 12px; margin-top: 4px; }
@media (max-width: 640px) { article { padding-left: 60px; } .avatar { left: 8px; } main { padding: 8px; } }
"""
