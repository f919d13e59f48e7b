"""serve.py ADDRESS PORT FOLDER: http.server in that folder, with PUT added."""
import http.server
import os
import socket
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        left = int(self.headers["Content-Length"])
        with open(self.translate_path(self.path), "wb") as out:
            while left > 0:
                piece = self.rfile.read(min(left, 65536))
                if not piece:
                    break
                out.write(piece)
                left -= len(piece)
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET


os.chdir(sys.argv[3])
Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
