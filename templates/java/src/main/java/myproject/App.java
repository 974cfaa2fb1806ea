package myproject;

import com.pulumi.Pulumi;
import com.pulumi.core.Either;
import io.github.ownerexample.kalshi.ApiKey;
import io.github.ownerexample.kalshi.ApiKeyArgs;
import io.github.ownerexample.kalshi.enums.Scope;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            // A key for a bot that reads the market and trades, but cannot transfer money. A changed input replaces the key.
            // All inputs, rotation and imports: https://github.com/owner.example/pulumi-kalshi#readme
            var key = new ApiKey("market-maker", ApiKeyArgs.builder()
                .scopes(Either.ofLeft("read"), Either.ofRight(Scope.WriteTrade))
                .build());

            ctx.export("apiKeyId", key.apiKeyId());
            // A secret: `pulumi stack output privateKey --show-secrets` prints it.
            ctx.export("privateKey", key.privateKey());
        });
    }
}
