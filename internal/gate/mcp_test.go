package gate

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rpc is one answer, with no key that JSON-RPC does not have.
type rpc struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      any             `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// All that the server writes is answers, one a line; it asks for nothing, and ends when nobody speaks to it any more.
func TestMCPServerTellsTheStateOfTheEvidence(t *testing.T) {
	t.Parallel()
	repo := newRepository(t)
	repo.write("apps/backend/a.ts", consoleTS)
	repo.gate("pumuki-pre-write").wantExit(1)
	server := startServer(repo)

	var hello struct {
		ProtocolVersion string
		Capabilities    struct{ Tools *struct{} }
		ServerInfo      struct{ Name, Version string }
	}
	server.result(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}`, &hello)
	if hello.ProtocolVersion != "2024-11-05" || hello.Capabilities.Tools == nil || hello.ServerInfo.Name != Name ||
		hello.ServerInfo.Version != Version {
		t.Errorf("initialize says %+v", hello)
	}
	server.result(`{"jsonrpc":"2.0","id":"a","method":"initialize","params":{"protocolVersion":"1999"}}`, &hello)
	if hello.ProtocolVersion != "2025-06-18" {
		t.Errorf("to a client from the past it speaks %s", hello.ProtocolVersion)
	}
	server.say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`) // gets no answer, and nor does an empty line
	server.say("")

	var list struct {
		Tools []struct {
			Name, Description string
			InputSchema       struct{ Type string }
		}
	}
	server.result(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, &list)
	if len(list.Tools) != 1 || list.Tools[0].Name != "evidence_state" || list.Tools[0].InputSchema.Type != "object" {
		t.Errorf("tools/list says %+v", list)
	}

	const call = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"evidence_state"}}`
	var called struct {
		Content           []struct{ Type, Text string }
		StructuredContent evidenceState
		IsError           bool
	}
	server.result(call, &called)
	state := called.StructuredContent
	if called.IsError || state.State != "present" || state.Stage != "PRE_WRITE" || state.Outcome != "BLOCK" ||
		state.Findings != 1 || !state.Current {
		t.Errorf("tools/call says %+v", called)
	}
	var text evidenceState
	decodeOnly(t, called.Content[0].Text, &text)
	if diff := cmp.Diff(state, text); diff != "" {
		t.Errorf("the text says something else:\n%s", diff)
	}
	repo.git("checkout", "--quiet", "-b", "other")
	server.result(call, &called)
	if called.StructuredContent.Current {
		t.Error("evidence of another branch is called current")
	}
	repo.remove(".git")
	server.result(call, &called)
	if !called.IsError || !strings.HasPrefix(called.Content[0].Text, "not a git repository") {
		t.Errorf("outside of a repository it says %+v", called)
	}

	for request, code := range map[string]int{
		`{"jsonrpc":"2.0","id":3,"method":"resources/list"}`:                    -32601,
		`{"jsonrpc":"2.0","id":3,"method":"constructor"}`:                       -32601,
		`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"rm"}}`: -32602,
		`{"jsonrpc":"2.0","id":3,"method":"tools/call"}`:                        -32602,
		`{"id":3,"method":"ping"}`:                                              -32600,
		`{"jsonrpc":"2.0","id":3}`:                                              -32600,
		`[]`:                                                                    -32600,
		`null`:                                                                  -32600,
		`{`:                                                                     -32700,
	} {
		answer := server.ask(request)
		if answer.Error == nil || answer.Error.Code != code || answer.Error.Message == "" {
			t.Errorf("to %s it answers %+v, want the error %d", request, answer, code)
		}
	}
	server.end()
}

// server is one of the gate's, that a test speaks to.
type server struct {
	repo    *repository
	asks    io.WriteCloser
	answers *bufio.Reader
	stderr  *strings.Builder
	ended   chan error
}

func startServer(repo *repository) *server {
	repo.t.Helper()
	command := repo.command("node", program(repo.t, "pumuki-mcp-evidence-stdio"))
	s := &server{repo: repo, stderr: new(strings.Builder), ended: make(chan error, 1)}
	command.Stderr = s.stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		repo.t.Fatal(err)
	}
	answers, stdout := io.Pipe()
	command.Stdout = stdout
	if err := command.Start(); err != nil {
		repo.t.Fatal(err)
	}
	s.asks, s.answers = stdin, bufio.NewReader(answers)
	go func() {
		err := command.Wait()
		stdout.Close()
		s.ended <- err
	}()
	return s
}

func (s *server) say(line string) {
	s.repo.t.Helper()
	if _, err := io.WriteString(s.asks, line+"\n"); err != nil {
		s.repo.t.Fatal(err)
	}
}

func (s *server) ask(request string) (answer rpc) {
	s.repo.t.Helper()
	s.say(request)
	line, err := s.answers.ReadString('\n')
	if err != nil {
		s.repo.t.Fatalf("to %s: %v\n%s", request, err, s.stderr)
	}
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&answer); err != nil || answer.JSONRPC != "2.0" {
		s.repo.t.Fatalf("to %s it answers %q: %v", request, line, err)
	}
	return answer
}

func (s *server) result(request string, value any) {
	s.repo.t.Helper()
	answer := s.ask(request)
	var asked struct{ ID any }
	decodeOnly(s.repo.t, request, &asked)
	if answer.Error != nil || answer.ID != asked.ID {
		s.repo.t.Fatalf("to %s it answers %+v", request, answer)
	}
	decodeOnly(s.repo.t, string(answer.Result), value)
}

// end closes the server's standard input: then it ends, with nothing left to say.
func (s *server) end() {
	s.repo.t.Helper()
	if err := s.asks.Close(); err != nil {
		s.repo.t.Fatal(err)
	}
	rest, err := io.ReadAll(s.answers)
	if err != nil || len(rest) > 0 || s.stderr.Len() > 0 {
		s.repo.t.Errorf("in the end it says %q, %v, and on standard error %q", rest, err, s.stderr)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			s.repo.t.Error(err)
		}
	case <-time.After(time.Minute):
		s.repo.t.Error("it does not end when its standard input closes")
	}
}
