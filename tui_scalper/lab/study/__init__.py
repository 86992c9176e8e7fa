"""The study behind the signals: what each reading is worth on recorded days.

    python -m tui_scalper.lab.study ../shared/data/depth --out docs/study

Every experiment is a file here, every figure of docs/study comes from it. The recordings
are of Shanghai stocks: shapes carry over to another market, values need not.
"""
