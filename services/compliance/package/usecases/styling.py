"""The style of the page: for a screen of any width, for paper, and for either direction of writing."""

STYLE = """
:root{color-scheme:light}
body{font:16px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC","Noto Sans Arabic",sans-serif;color:#111;background:#fff;
margin:0 auto;max-width:62rem;padding:1rem}
h1{font-size:1.6rem;line-height:1.25;margin-block:2.5rem .75rem}
main>h1:first-child{margin-block-start:.5rem}
h2{font-size:1.2rem;margin-block:1.75rem .5rem}
h3{font-size:1rem;margin-block:1.25rem .5rem}
.number{color:#555;font-size:.85rem;text-align:start;overflow-wrap:anywhere}
.warning{border:2px solid #111;padding:.6rem .8rem;font-weight:600}
table{border-collapse:collapse;inline-size:100%;margin-block:.5rem 1.25rem}
th,td{border:1px solid #999;padding:.35rem .6rem;text-align:start;vertical-align:top;overflow-wrap:anywhere}
thead th{background:#eee}
th[scope=row]{background:#f6f6f6;font-weight:600;inline-size:30%}
td span{display:inline-block}
@media screen and (max-width:36rem){
body{font-size:15px;padding:.75rem}
.record,.record tbody,.record tr,.record th,.record td{display:block;inline-size:auto}
.record tr{border:1px solid #999;border-block-end:0}
.record tr:last-child{border-block-end:1px solid #999}
.record th,.record td{border:0}
.record th[scope=row]{inline-size:auto;padding-block-end:0;font-size:.85rem}
}
@page{margin:18mm 15mm}
@media print{
body{font-size:10pt;max-width:none;padding:0}
h1,h2,h3{break-after:avoid}
tr{break-inside:avoid}
thead{display:table-header-group}
}
""".strip()
