"""fetch.py get URL FILE | put URL FILE: moves a file with urllib."""
import shutil
import sys
import urllib.request


def main(verb, url, path):
    if verb == "get":
        with urllib.request.urlopen(url) as answer, open(path, "wb") as out:
            shutil.copyfileobj(answer, out)
    else:
        with open(path, "rb") as data:
            urllib.request.urlopen(urllib.request.Request(url, data=data.read(), method="PUT"))


main(*sys.argv[1:])
