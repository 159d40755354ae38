// token-server issues tokens for a registry, as the distribution project's
// specification has it: to a GET with basic authentication, and to a POST with a
// password grant, which BuildKit asks with. Everybody may pull; an account may
// push below its own name.
package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const lifetime = 5 * time.Minute

type server struct {
	issuer      string
	certificate tls.Certificate
	key         *ecdsa.PrivateKey
	passwords   map[string]string
}

type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

func main() {
	log.SetFlags(0)
	address := flag.String("addr", "", "address to listen on")
	issuer := flag.String("issuer", "", "the issuer that tokens name")
	passwords := flag.String("passwd", "", "htpasswd file, bcrypt")
	certificate := flag.String("tlscert", "", "certificate, of the server and of tokens")
	key := flag.String("tlskey", "", "its key")
	flag.Parse()
	pair, err := tls.LoadX509KeyPair(*certificate, *key)
	if err != nil {
		log.Fatal(err)
	}
	private, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		log.Fatalf("%s: not an ECDSA key", *key)
	}
	text, err := os.ReadFile(*passwords)
	if err != nil {
		log.Fatal(err)
	}
	issuing := &server{*issuer, pair, private, map[string]string{}}
	for line := range strings.Lines(string(text)) {
		if name, hash, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			issuing.passwords[name] = hash
		}
	}
	log.Fatal(http.ListenAndServeTLS(*address, *certificate, *key, issuing))
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var name, password string
	given := false
	switch r.Method {
	case http.MethodGet:
		name, password, given = r.BasicAuth()
	case http.MethodPost:
		if grant := r.PostForm.Get("grant_type"); grant != "password" {
			http.Error(w, "no such grant: "+grant, http.StatusBadRequest)
			return
		}
		name, password, given = r.PostForm.Get("username"), r.PostForm.Get("password"), true
	default:
		http.Error(w, r.Method, http.StatusMethodNotAllowed)
		return
	}
	if given && bcrypt.CompareHashAndPassword([]byte(s.passwords[name]), []byte(password)) != nil {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+s.issuer+`"`)
		http.Error(w, "the name or the password is wrong", http.StatusUnauthorized)
		return
	}
	now := time.Now()
	token, err := s.token(name, r.Form.Get("service"), granted(name, r.Form["scope"]), now)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]any{
		"token": token, "access_token": token, "expires_in": int(lifetime.Seconds()), "issued_at": now.UTC().Format(time.RFC3339),
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		log.Print(err)
	}
}

// granted is what a name may do of what was asked, TYPE:NAME:ACTION,ACTION each.
func granted(name string, scopes []string) []access {
	rights := []access{}
	for _, scope := range strings.Fields(strings.Join(scopes, " ")) {
		kind, rest, _ := strings.Cut(scope, ":")
		end := strings.LastIndex(rest, ":")
		if kind != "repository" || end < 0 {
			continue
		}
		right := access{Type: kind, Name: rest[:end], Actions: []string{}}
		for action := range strings.SplitSeq(rest[end+1:], ",") {
			if action == "pull" || name != "" && strings.HasPrefix(right.Name, name+"/") {
				right.Actions = append(right.Actions, action)
			}
		}
		rights = append(rights, right)
	}
	return rights
}

// token is a signed JSON web token that carries the certificate of its key.
func (s *server) token(subject, service string, rights []access, now time.Time) (string, error) {
	header := map[string]any{
		"typ": "JWT", "alg": "ES256", "x5c": []string{base64.StdEncoding.EncodeToString(s.certificate.Certificate[0])},
	}
	claims := map[string]any{
		"iss": s.issuer, "sub": subject, "aud": service, "access": rights, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(lifetime).Unix(),
	}
	parts := make([]string, 0, 3)
	for _, part := range []any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	digest := sha256.Sum256([]byte(strings.Join(parts, ".")))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	v.FillBytes(signature[32:])
	return strings.Join(append(parts, base64.RawURLEncoding.EncodeToString(signature)), "."), nil
}
