//! `frontgate trust`: how to trust the local certificate authority.

use frontgate_net::CertificateAuthority;

use crate::cli::Trust;
use crate::state_folder::StateFolder;

/// Prints it, making the authority first where there is none.
///
/// # Errors
/// Words for the user.
pub fn trust(command: &Trust) -> Result<(), String> {
    let state = StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    let authority = CertificateAuthority::load_or_create(state.path()).map_err(|error| error.to_string())?;
    let file = authority.certificate_path().display().to_string();
    anstream::println!("{}", PAGE.replace("FILE", &file));
    Ok(())
}

const PAGE: &str = "\
The certificate of the local authority is
  FILE
It was made on this machine, and its key has never left it. Trust it where you need it:

One command       curl --cacert FILE https://…
Node              NODE_EXTRA_CA_CERTS=FILE
Python requests   REQUESTS_CA_BUNDLE=FILE
aws-cli, boto3    AWS_CA_BUNDLE=FILE

Debian, Ubuntu    sudo cp FILE /usr/local/share/ca-certificates/frontgate.crt
                  sudo update-ca-certificates
Fedora            sudo trust anchor FILE
macOS             sudo security add-trusted-cert -d -r trustRoot \\
                    -k /Library/Keychains/System.keychain FILE
Firefox           Settings, Certificates, View Certificates, Authorities, Import
Chromium (Linux)  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n frontgate -i FILE

To trust it no longer, remove it there, and the files ca.pem and ca-key.pem beside it.";
