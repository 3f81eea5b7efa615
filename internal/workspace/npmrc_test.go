package workspace

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyRegistriesAndTheirCredentialsAreTakenFromTheUser(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	text := `registry=http://registry.example/
@corp:registry = https://npm.corp/
//npm.corp/:_authToken=${CORP_TOKEN}
//npm.corp/:_password=${MISSING?}x
; comment=1
# registry=http://commented
cafile=~/ca.pem
omit=dev
ignore-scripts=true
dry-run=true
prefix=/elsewhere
script-shell=/bin/evil
cache = ~/npm cache
strict-ssl=false
no equals sign
`
	if err := os.WriteFile(filepath.Join(home, ".npmrc"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	host := []string{"HOME=" + home, "CORP_TOKEN=s3cret"}
	want := npmHost{cache: filepath.Join(home, "npm cache"), config: `registry=http://registry.example/
@corp:registry=https://npm.corp/
//npm.corp/:_authToken=s3cret
//npm.corp/:_password=x
cafile=` + home + `/ca.pem
strict-ssl=false
`}
	if diff := cmp.Diff(want, readNPMHost(host), cmp.AllowUnexported(npmHost{})); diff != "" {
		t.Error(diff)
	}
	host = append(host, "NPM_CONFIG_CACHE=/cache", "npm_config_userconfig=/no/such/file")
	if diff := cmp.Diff(npmHost{cache: "/cache"}, readNPMHost(host), cmp.AllowUnexported(npmHost{})); diff != "" {
		t.Error(diff)
	}
}
