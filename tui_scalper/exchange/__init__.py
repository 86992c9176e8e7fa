"""The simulated exchange: a pure machine, and the servers that put it on loopback.

Downwards: kite_server (port, pump) - kite_rest, kite_feed (HTTP, WebSocket) - kite_words,
kite_forms, kite_packets (the dialect) - machine (time, questions) - requests (what is asked),
second_legs (stops the broker holds), life (of an order) - back_office (what they share) -
blotter, account, rules, changes, cover - market (what the machine needs of one) - synthetic
(flow, book, institution) and recorded (a tape). Only kite_server, kite_rest and kite_feed know
of sockets.
"""
